"""Whether a key's call would be let in now, and who refuses it why: for whoever wonders at a refusal.

Refused calls leave no record. But what refuses one mostly refuses the next, and that can be asked at any
time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Self

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field

from tollgate import identifiers
from tollgate.catalog.catalog import ModelType
from tollgate.ledger.admissions import Admission, DowngradeError, Switched, Switching
from tollgate.ledger.claims import Demand
from tollgate.ledger.dry_run import DryRun
from tollgate.ledger.records import RecordKind
from tollgate.ledger.store.ledger import Ledger
from tollgate.pricing.price_versions import UNPRICED, in_force
from tollgate.refusals import Reason, RefusedError, Shortage
from tollgate_admin.composition import Services, services_of
from tollgate_admin.keys import commands
from tollgate_admin.keys.routes import KeyId
from tollgate_admin.web import problems
from tollgate_admin.web.wire_types import Moment, QueryModel, SystemName, Usd, View

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.catalog.catalog import Model
    from tollgate.ledger.scopes import Scope
    from tollgate.pricing.price_versions import PriceVersion

router = APIGatewayRouter()

# How long a call that nobody makes would be open, which matters to no decision.
_OPEN_FOR = timedelta(minutes=15)
# A rule names five models at most, and a chain has few scopes: what goes on longer has come to no end.
_MAX_MODELS = 12
Tokens = Annotated[int, Field(ge=0, le=100_000_000)]


class AdmissionQuery(QueryModel):
    """Which call. Without `model`, one that costs next to nothing: what refuses it refuses every call."""

    model: SystemName | None = None
    input_tokens: Tokens = 1000
    output_tokens: Tokens = 500


class ShortageView(View):
    """The limit that is short, USD. `window` is `total`, or the quota's period; `cost` the least it takes."""

    window: str
    limit: Usd
    allowance: Usd
    used: Usd
    held: Usd
    cost: Usd | None
    resets_at: Moment | None

    @classmethod
    def of(cls, shortage: Shortage) -> Self:
        return cls(
            window=shortage.window,
            limit=shortage.limit,
            allowance=shortage.allowance,
            used=shortage.used,
            held=shortage.held,
            cost=shortage.cost,
            resets_at=shortage.resets_at,
        )


class RefusalView(View):
    """`keyId` is the key that refuses: the call's own, or one above it. `message` is what the caller is told.

    `retryAfter`, in seconds, is null where no time will help.
    """

    reason: Reason
    message: str
    key_id: str
    key_name: str
    retry_after: float | None
    shortage: ShortageView | None


class AdmissionView(View):
    """What the gateway would decide `at` this moment; nothing is held or changed.

    `maxCost` is what would be held. `servedBy` is the model that would serve the call, where a policy puts it
    in the place of the `model`.
    """

    at: Moment
    model: str | None
    served_by: str | None
    admitted: bool
    max_cost: Usd
    refusal: RefusalView | None


@router.get("/apiKey/<key_id>/admission")
def check_admission(
    request: Request, key_id: KeyId, query: Annotated[AdmissionQuery, Query()]
) -> AdmissionView:
    """Tell whether a call of a key would be admitted now, and if not, which key refuses it and why."""
    services = services_of(request)
    scope, now = commands.existing(services.keys, key_id), services.clock()
    model = None if query.model is None else _model(services, query.model)
    served, outcome = _outcome(services, scope, model, query, now)
    return AdmissionView(
        at=now,
        model=query.model,
        served_by=None if served is model else _name(served),
        admitted=outcome.refused is None,
        max_cost=outcome.claim.amount,
        refusal=None if outcome.refused is None else _refusal(outcome, outcome.refused),
    )


def _outcome(
    services: Services, scope: Scope, model: Model | None, query: AdmissionQuery, now: datetime
) -> tuple[Model | None, DryRun]:
    """The model that serves the call, and what its admission comes to."""
    ledger = Ledger(
        services.keys.client, services.settings.keys_table, services.settings.usage_table, timedelta(0)
    )
    asked = _admission(scope, model, query, now)
    admission, served = asked, model
    for _ in range(_MAX_MODELS):
        try:
            return served, ledger.dry_run(admission)
        except DowngradeError as error:
            found = _instead(services, admission, error)
            if found is None:
                admission = replace(admission, switching=Switching.NEVER)
                continue
            tight_at, reserved_at = admission.tight_at, admission.reserved_at
            if error.refused is None:
                switched = Switched(error.scope.key_id, str(admission.model), found.system_name)
                tight_at = (*tight_at, switched)
            else:
                reserved_at |= {error.scope.key_id}
            served = found
            admission = replace(
                _admission(scope, found, query, now), tight_at=tight_at, reserved_at=reserved_at
            )
    return model, ledger.dry_run(replace(asked, switching=Switching.NEVER))


def _instead(services: Services, admission: Admission, error: DowngradeError) -> Model | None:
    """The first model that may serve instead, None if the call's own goes on being asked for."""
    for name in error.to if error.is_tight else ():
        found = services.catalog.model(name)
        if name != admission.model and found is not None and found.price_at(admission.at) is not None:
            return found
    return None


_KINDS = {
    ModelType.CHAT: RecordKind.COMPLETION,
    ModelType.EMBEDDING: RecordKind.EMBEDDING,
    ModelType.IMAGE: RecordKind.IMAGE,
}


def _admission(scope: Scope, model: Model | None, query: AdmissionQuery, now: datetime) -> Admission:
    prices = _prices(model, now)
    model_type = ModelType.CHAT if model is None else model.type
    output = query.output_tokens if model_type.has_output else 0
    return Admission(
        request_id=identifiers.request_id(now),
        key_id=scope.key_id,
        secret_hash=scope.secret_hash,
        model=_name(model),
        safety_level=0 if model is None else model.safety_level,
        kind=_KINDS[model_type],
        demand=Demand(prices, query.input_tokens, output, output),
        is_free=model is not None and all(each is not UNPRICED and each.is_free for each in prices),
        streamed=False,
        at=now,
        hold_until=now + _OPEN_FOR,
        switching=Switching.FREE,
    )


def _prices(model: Model | None, now: datetime) -> tuple[PriceVersion, ...]:
    """Those of all that may serve it; without any it costs nothing, as it is recorded."""
    targets = () if model is None else model.targets
    found = [in_force(target.prices, now) for target in targets]
    return tuple(each for each in found if each is not None) or (UNPRICED,)


def _refusal(outcome: DryRun, refused: RefusedError) -> RefusalView:
    by = outcome.scopes[-1]
    return RefusalView(
        reason=refused.reason,
        message=refused.message,
        key_id=by.key_id,
        key_name=by.name,
        retry_after=refused.retry_after,
        shortage=None if refused.shortage is None else ShortageView.of(refused.shortage),
    )


def _model(services: Services, name: str) -> Model:
    found = services.catalog.model_named(name)
    if found is None:
        raise problems.invalid("model", "must name a model of the catalog")
    return found


def _name(model: Model | None) -> str | None:
    return None if model is None else model.system_name
