"""What refuses any call of a key that costs something, by the rules that admissions go by."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tollgate import identifiers
from tollgate.ledger.admissions import Admission
from tollgate.ledger.claims import Demand
from tollgate.ledger.records import RecordKind
from tollgate.ledger.store.ledger import Ledger
from tollgate.pricing.price_versions import UNPRICED
from tollgate_admin.standing.refusal_times import since, until
from tollgate_admin.standing.standing_schemas import StandingRefusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tollgate.ledger.scopes import Scope
    from tollgate_admin.composition import Services

# How long a call that nobody makes would be open, which matters to no decision.
_OPEN_FOR = timedelta(minutes=15)
_NEXT_TO_NOTHING = Demand((UNPRICED,), prompt_tokens=0, output_tokens=0, min_output_tokens=0)


def refusals(services: Services, chain: Sequence[Scope], now: datetime) -> list[StandingRefusal]:
    """By each key that refuses, from the key up; `chain` is the key and all above it."""
    ledger = Ledger(
        services.keys.client, services.settings.keys_table, services.settings.usage_table, timedelta(0)
    )
    by_id = {scope.key_id: scope for scope in chain}
    return [
        StandingRefusal(
            key_id=key_id,
            name=by_id[key_id].name,
            reason=refused.reason,
            message=refused.message,
            window=None if refused.shortage is None else refused.shortage.window,
            since=since(services, by_id[key_id], refused, now),
            until=until(refused, now),
            by_open_requests=refused.is_by_open_requests,
        )
        for key_id, refused in ledger.refusals(_admission(chain[0], now))
        if key_id in by_id  # else it has been moved meanwhile
    ]


def _admission(scope: Scope, now: datetime) -> Admission:
    return Admission(
        request_id=identifiers.request_id(now),
        key_id=scope.key_id,
        secret_hash=scope.secret_hash,
        model=None,
        safety_level=0,
        kind=RecordKind.COMPLETION,
        demand=_NEXT_TO_NOTHING,
        is_free=False,
        streamed=False,
        at=now,
        hold_until=now + _OPEN_FOR,
    )
