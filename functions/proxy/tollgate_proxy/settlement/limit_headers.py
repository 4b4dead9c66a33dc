"""Headers that say how the budget stands, out of what it pays, and what is left of the minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.ledger import rate_limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tollgate.ledger.admissions import AdmittedRequest
    from tollgate.ledger.scopes import Scope


def headers_for(admitted: AdmittedRequest, settled: Sequence[Scope] = ()) -> dict[str, str]:
    """A request's, with its scopes' budgets after settlement where those are known."""
    scopes = settled or [each.scope for each in admitted.opened]
    return {**_budget(scopes[0]), **_phase(scopes), **_rates(admitted)}


def _budget(scope: Scope) -> dict[str, str]:
    """Of the key's budget and quota, the one with less left; nothing for a key without either."""
    balances = scope.balances()
    if not balances:
        return {}
    tightest = min(balances, key=lambda balance: balance.remaining)
    return {
        "x-tollgate-budget-limit-usd": money.to_string(tightest.allowance),
        "x-tollgate-budget-used-usd": money.to_string(tightest.used),
        "x-tollgate-budget-remaining-usd": money.to_string(tightest.remaining),
    }


def _phase(scopes: Sequence[Scope]) -> dict[str, str]:
    """Out of what the nearest of the scopes pays that has packs or a quota with more beyond it."""
    if not any(each.shares_costs for each in scopes):
        return {}
    # Hardly any scope has: the proxy's start goes without.
    from tollgate.ledger.billing import phases  # noqa: PLC0415

    phase = phases.nearest(scopes)
    return {} if phase is None else {"x-tollgate-budget-phase": phase.value}


def _rates(admitted: AdmittedRequest) -> dict[str, str]:
    """As OpenAI sends them, of the scope with the least left."""
    kinds = {
        "requests": [
            (left, opened.scope.rpm_limit, opened)
            for opened in admitted.opened
            if (left := opened.scope.requests_left(opened.hold.at)) is not None
        ],
        "tokens": [
            (left, opened.scope.tpm_limit, opened)
            for opened in admitted.opened
            if (left := opened.scope.tokens_left(opened.hold.at)) is not None
        ],
    }
    headers: dict[str, str] = {}
    for kind, scopes in kinds.items():
        if scopes:
            left, limit, opened = min(scopes, key=lambda each: each[0])
            headers[f"x-ratelimit-limit-{kind}"] = str(limit)
            headers[f"x-ratelimit-remaining-{kind}"] = str(max(left, 0))
            headers[f"x-ratelimit-reset-{kind}"] = f"{rate_limits.seconds_left(opened.hold.at):.3f}s"
    return headers
