"""All that is told of a key besides its budgets, and what of it has been told."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, NamedTuple

from tollgate.alerts.events import downgrade_events, metering_events, pack_events, raise_events
from tollgate.alerts.events.downgrade_events import DowngradeTold
from tollgate.alerts.events.pack_events import PacksTold
from tollgate.alerts.events.verdicts import earliest
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from tollgate.alerts.alerts import AlertContent
    from tollgate.alerts.events.pack_events import DefinitionOf
    from tollgate.alerts.news import RaiseNews
    from tollgate.ledger.scopes import Scope


@dataclass(frozen=True, slots=True)
class EventState:
    """What has been told of a key. `metered` is the window whose metering has been told of.

    At `look_again_at` there may be something to tell although nothing has changed.
    """

    metered: str = ""
    packs: PacksTold = field(default_factory=PacksTold)
    downgrade: DowngradeTold = field(default_factory=DowngradeTold)
    raises: Mapping[str, RaiseNews] = field(default_factory=dict)
    look_again_at: datetime | None = None
    revision: int = 0


class EventDecision(NamedTuple):
    """What follows from how a key stands: the state to store, and what is to be told."""

    state: EventState
    contents: tuple[AlertContent, ...]


def decide(
    stored: Scope, definition_of: DefinitionOf, now: datetime, debounce: timedelta, seen: EventState
) -> EventDecision:
    """What to tell of a key as it is stored, after what `seen` says was told before."""
    scope = stored.advanced(now)
    metering = metering_events.decide(stored, seen.metered)
    packs = pack_events.decide(scope.packs, definition_of, now, seen.packs)
    downgrade = downgrade_events.decide(scope, now, debounce, seen.downgrade)
    raises = raise_events.decide(scope, now, seen.raises)
    state = EventState(
        metered=metering.told,
        packs=packs.told,
        downgrade=downgrade.told,
        raises=raises.told,
        look_again_at=earliest(packs.look_again_at, downgrade.look_again_at, raises.look_again_at),
        revision=seen.revision,
    )
    return EventDecision(state, (*metering.contents, *packs.contents, *downgrade.contents, *raises.contents))


def gone(seen: EventState) -> EventState:
    """The state of a key that is no more: nobody has to come back to it."""
    return EventState(revision=seen.revision)
