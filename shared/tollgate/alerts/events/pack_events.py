"""A resource pack that is nearly used, or that ends soon with something left: once each for a pack."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.alerts.alerts import AlertContent, AlertKind
from tollgate.alerts.events.verdicts import Verdict, earliest
from tollgate.alerts.news import PackNews
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.thresholds import Level, Recipient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from tollgate.keys.pack_definitions import PackDefinition
    from tollgate.ledger.billing.packs import Pack

    # By a pack's id, what was agreed of it.
    DefinitionOf = Callable[[str], PackDefinition | None]

NEARLY_USED_PERCENT = 90
EXPIRES_SOON = timedelta(days=7)
_ALL_PERCENT = 100
# What an alert of a pack has for a window.
WINDOW = "pack"


@dataclass(frozen=True, slots=True)
class PacksTold:
    """Ids of the packs of which each has been told."""

    nearly_used: frozenset[str] = frozenset()
    expiring: frozenset[str] = frozenset()


def decide(
    packs: Mapping[str, Pack], definition_of: DefinitionOf, now: datetime, told: PacksTold
) -> Verdict[PacksTold]:
    """What to tell of a key's packs. Those with news have their definitions looked up."""
    nearly_used = {pack_id for pack_id, pack in packs.items() if is_nearly_used(pack)}
    expiring = {pack_id for pack_id, pack in packs.items() if _is_expiring(pack, now)}
    contents = [
        *_contents(AlertKind.PACK_NEARLY_USED, packs, nearly_used - told.nearly_used, definition_of),
        *_contents(AlertKind.PACK_EXPIRING, packs, expiring - told.expiring, definition_of),
    ]
    # A pack that is gone from the key never comes back.
    kept = PacksTold(
        nearly_used=(told.nearly_used & packs.keys()) | nearly_used,
        expiring=(told.expiring & packs.keys()) | expiring,
    )
    again = [_told_at(pack) for pack_id, pack in packs.items() if pack_id not in kept.expiring and pack.left]
    return Verdict(kept, tuple(contents), earliest(*(at for at in again if at is not None and now < at)))


def is_nearly_used(pack: Pack) -> bool:
    """Whether calls have drawn 90 % of it."""
    with money.exact():
        used = pack.amount - pack.left
        return used * _ALL_PERCENT >= pack.amount * NEARLY_USED_PERCENT


def _is_expiring(pack: Pack, now: datetime) -> bool:
    at = _told_at(pack)
    return at is not None and pack.expires_at is not None and at <= now < pack.expires_at and pack.left > 0


def _told_at(pack: Pack) -> datetime | None:
    """From when on it ends soon: not before it has taken effect."""
    return None if pack.expires_at is None else max(pack.expires_at - EXPIRES_SOON, pack.effective_at)


def _contents(
    kind: AlertKind, packs: Mapping[str, Pack], new: set[str], definition_of: DefinitionOf
) -> Iterator[AlertContent]:
    for pack_id in sorted(new):
        pack, definition = packs[pack_id], definition_of(pack_id)
        if definition is not None and pack.expires_at != definition.expires_at:
            continue  # An admin has voided it, who knows.
        yield AlertContent(
            kind=kind,
            level=Level.WARNING,
            window=WINDOW,
            percent=NEARLY_USED_PERCENT if kind is AlertKind.PACK_NEARLY_USED else None,
            also=(),
            limit=pack.amount,
            used=money.difference(pack.amount, pack.left),
            resets_at=None,
            exhausted_at=None,
            recipients=(Recipient.OWNER,),
            news=PackNews(
                pack_id,
                definition.name if definition else None,
                pack.expires_at,
                tuple(sorted(pack.models or ())),
            ),
        )
