"""Drift and its repair as rows: amounts are exact decimal strings, counters have the admin API's names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate import money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from tollgate.ledger.scopes import Scope
    from tollgate.reconcile.reconciliation import Counter, Drift
    from tollgate.reconcile.repairs import Repair


def of_drifts(drifts: Iterable[Drift], scopes: Mapping[str, Scope]) -> list[dict[str, Any]]:
    """`exact` is false where the difference may be more, for requests were in progress."""
    return [
        {
            "keyId": drift.scope_id,
            "name": scopes[drift.scope_id].name,
            "counter": api_name(drift.counter),
            "expected": money.to_string(drift.expected),
            "found": money.to_string(drift.found),
            "difference": money.to_string(drift.difference),
            "exact": drift.exact,
        }
        for drift in drifts
    ]


def of_repair(repair: Repair) -> list[dict[str, Any]]:
    after = repair.after()
    return [
        {
            "keyId": repair.seen.key_id,
            "counter": api_name(counter),
            "now": money.to_string(was),
            "repaired": money.to_string(after[counter]),
            "added": money.to_string(repair.additions[counter]),
        }
        for counter, was in repair.before().items()
    ]


def shown(counters: Mapping[Counter, Decimal]) -> dict[str, str]:
    """Counters as the audit has them."""
    return {api_name(counter): money.to_string(amount) for counter, amount in counters.items()}


def api_name(counter: Counter) -> str:
    """`budgetUsed` of `budget_used`."""
    first, second = counter.value.split("_")
    return first + second.capitalize()
