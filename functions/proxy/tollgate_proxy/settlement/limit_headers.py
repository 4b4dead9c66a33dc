"""Headers that say how the budget stands and what is left of the minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.ledger import rate_limits

if TYPE_CHECKING:
    from tollgate.ledger.admissions import AdmittedRequest
    from tollgate.ledger.scopes import Scope


def headers_for(admitted: AdmittedRequest, settled: Scope | None = None) -> dict[str, str]:
    """A request's, with its key's budget after settlement where that is known."""
    return {**_budget(settled or admitted.scope), **_rates(admitted)}


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
