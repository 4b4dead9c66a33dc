"""Calls that nobody makes: whether they would be let in, by the rules that admissions go by."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tollgate.ledger import dry_run
from tollgate.ledger.admissions import Admission
from tollgate.ledger.claims import Demand
from tollgate.ledger.records import RecordKind
from tollgate.pricing import price_terms
from tollgate.pricing.price_versions import UNPRICED, in_force
from tollgate_admin.standing.refusal_times import since, until
from tollgate_admin.standing.standing_schemas import RefusalView, Rehearsal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tollgate.catalog.catalog import Model
    from tollgate.ledger.scopes import Scope
    from tollgate.pricing.price_versions import PriceVersion
    from tollgate_admin.composition import Services
    from tollgate_admin.standing.standing_schemas import RehearsalQuery

# Of no request that there is.
_REQUEST_ID = "req_rehearsal"
_HOLD = timedelta(minutes=15)
_NOTHING = Demand((UNPRICED,), prompt_tokens=0, output_tokens=0, min_output_tokens=0)


def refusals(services: Services, chain: Sequence[Scope], now: datetime) -> list[RefusalView]:
    """What refuses any call of a key that costs something; `chain` is the key and all above it."""
    return _refusals(services, chain, _admission(chain[0], None, _NOTHING, now, is_free=False))


def rehearse(
    services: Services, chain: Sequence[Scope], model: Model, query: RehearsalQuery, now: datetime
) -> Rehearsal:
    """Whether a call of a model would be let in. Holds of calls that died count until they are swept."""
    prices = _prices(model, now)
    demand = Demand(
        prices,
        prompt_tokens=query.input_tokens,
        output_tokens=query.output_tokens,
        min_output_tokens=query.output_tokens,
    )
    is_free = all(price is not UNPRICED and price.is_free for price in prices)
    admission = _admission(chain[0], model, demand, now, is_free=is_free)
    found = _refusals(services, chain, admission)
    tariff = price_terms.tariff((scope.price_terms for scope in chain), model.system_name, now)
    return Rehearsal(
        key_id=chain[0].key_id,
        model=model.system_name,
        at=now,
        admitted=not found,
        max_cost=demand.max_claim(tariff).amount,
        refusals=found,
    )


def _refusals(services: Services, chain: Sequence[Scope], admission: Admission) -> list[RefusalView]:
    by_id = {scope.key_id: scope for scope in chain}
    found = dry_run.refusals(admission, by_id.get, lambda scope: scope)
    return [
        RefusalView(
            key_id=key_id,
            name=by_id[key_id].name,
            reason=refused.reason,
            message=refused.message,
            window=None if refused.shortage is None else refused.shortage.window,
            since=since(services, by_id[key_id], refused, admission.at),
            until=until(refused, admission.at),
            by_open_requests=refused.is_by_open_requests,
        )
        for key_id, refused in found
    ]


def _admission(
    scope: Scope, model: Model | None, demand: Demand, now: datetime, *, is_free: bool
) -> Admission:
    return Admission(
        request_id=_REQUEST_ID,
        key_id=scope.key_id,
        secret_hash=scope.secret_hash,
        model=None if model is None else model.system_name,
        safety_level=0 if model is None else model.safety_level,
        kind=RecordKind.COMPLETION,
        demand=demand,
        is_free=is_free,
        streamed=False,
        at=now,
        hold_until=now + _HOLD,
        recorded=False,
    )


def _prices(model: Model, now: datetime) -> tuple[PriceVersion, ...]:
    """Those of all that may serve it; what has none costs nothing that is known."""
    found = tuple(in_force(target.prices, now) or UNPRICED for target in model.targets)
    return found or (UNPRICED,)
