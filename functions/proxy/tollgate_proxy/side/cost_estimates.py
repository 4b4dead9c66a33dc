"""What a call would cost at most, and whether it would be let through, without making it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from tollgate import money, refusal_http
from tollgate.catalog.catalog import ProviderType
from tollgate.clock import rfc3339
from tollgate.refusals import SHORTAGES
from tollgate_proxy import metered_call
from tollgate_proxy.apis import routes
from tollgate_proxy.http_messages import Answer
from tollgate_proxy.request import json_body

if TYPE_CHECKING:
    from decimal import Decimal

    from tollgate.ledger.dry_run import DryRun
    from tollgate.ledger.scopes import Balance
    from tollgate.refusals import RefusedError
    from tollgate_proxy.apis.routes import CallRoute
    from tollgate_proxy.http_messages import Request
    from tollgate_proxy.metered_call import Call
    from tollgate_proxy.ports import Catalog

_OK = 200


def route_of(request: Request, catalog: Catalog) -> CallRoute:
    """The call that a body is meant for: the one that `endpoint` names, or else the one that it fits.

    Raises `RefusedError` if it fits none.
    """
    endpoint = parse_qs(request.query, keep_blank_values=True).get("endpoint")
    if endpoint:
        return routes.call(endpoint[-1])
    members = json_body.parse(request.body).members
    model = metered_call.model_of(members, catalog)
    provider = catalog.provider(model.provider_id)
    return routes.fitting(members, model.type, ProviderType.OPENAI if provider is None else provider.type)


def to_answer(call: Call, dry_run: DryRun) -> Answer:
    """Raises what the call would be refused for, unless it is for what may pass: money and rates."""
    refused = dry_run.refused
    if refused is not None and refused.reason not in SHORTAGES:
        raise refused
    return Answer(
        _OK,
        {"content-type": "application/json"},
        [json.dumps(_estimate(call, dry_run)).encode()],
    )


def _estimate(call: Call, dry_run: DryRun) -> dict[str, Any]:
    claim, refused = dry_run.claim, dry_run.refused
    cost = money.ZERO if refused else claim.amount
    return {
        "object": "estimate",
        "endpoint": f"/v1{call.sent.route.path}",
        "model": call.model.system_name,
        "downgradedFrom": call.downgraded_from,
        "maxCost": money.to_string(claim.amount),
        "inputTokens": call.demand.prompt_tokens,
        "outputTokens": claim.tokens - call.demand.prompt_tokens,
        "outputLimited": dry_run.limits_output,
        "priceVersions": list(dict.fromkeys(price.id for price in call.demand.prices)),
        "admitted": refused is None,
        "refusal": None if refused is None else _refusal(refused),
        "phase": _phase(dry_run),
        "budgets": [_budget(balance, cost) for balance in dry_run.scope.balances_at(dry_run.at)],
    }


def _phase(dry_run: DryRun) -> str | None:
    """Out of what the nearest scope with packs or hybrid billing pays for the call."""
    # Estimates alone need it: the proxy's start goes without.
    from tollgate.ledger.billing import phases  # noqa: PLC0415

    return phases.nearest(scope.advanced(dry_run.at) for scope in dry_run.scopes)


def _refusal(refused: RefusedError) -> dict[str, Any]:
    """What the call would be answered; `retryAfter` is in seconds."""
    return {
        "status": refusal_http.kind_of(refused).status,
        "retryAfter": refused.retry_after,
        **refusal_http.in_openais_shape(refused),
    }


def _budget(balance: Balance, cost: Decimal) -> dict[str, Any]:
    """How a budget stands, and what remains of it if the call costs as much as it can."""
    left = money.difference(balance.remaining, cost)
    return {
        "window": balance.window,
        "limit": money.to_string(balance.limit),
        "allowance": money.to_string(balance.allowance),
        "used": money.to_string(balance.used),
        "held": money.to_string(balance.held),
        "packs": money.to_string(balance.packs),
        "remaining": money.to_string(balance.remaining),
        "remainingAfter": money.to_string(max(left, money.ZERO)),
        "enforcement": balance.enforcement.value,
        "resetsAt": None if balance.resets_at is None else rfc3339(balance.resets_at),
    }
