"""Temporary limits: one that is raised until a moment, at which it falls back by itself.

A raise is an edit of the limit, with all that an edit of it has to keep to. What it adds is noted beside it:
what the limit was before, and until when. Nobody has to be there when it ends: whoever looks at the scope
later than that sees what it is by then (`advances`, beside this), and the next admission stores it.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.scopes import Scope

# The one-time budget's window, as a `Balance` calls it; those of quotas are called by their period.
TOTAL = "total"


class RaisedBy(StrEnum):
    """`policy`: the key's own `automatic_increase`. `approval`: somebody, who was asked for it or not."""

    POLICY = "policy"
    APPROVAL = "approval"


@dataclass(frozen=True, slots=True)
class Raise:
    """A limit that is raised from `base` to `limit` (USD) until a moment, one a window at most.

    `reference` tells whoever has raised it that it is done: of an approval, what was approved.
    """

    window: str
    base: Decimal
    limit: Decimal
    until: datetime
    by: RaisedBy
    reference: str


def raised(
    scope: Scope, window: str, limit: Decimal, until: datetime, *, by: RaisedBy, reference: str
) -> Scope:
    """The scope as an edit is to leave it, for `Hierarchy.edit`; `window` is `total` or the quota's period.

    A raise that is there already is replaced, and what it began from stays what the limit falls back to.
    Raises `ValueError` if there is no such limit, or it is not below `limit`.
    """
    present = limit_of(scope, window)
    noted = scope.raises.get(window)
    base = noted.base if noted else present
    if present is None or base is None:
        message = f"{scope.key_id} has no limit for the window {window}."
        raise ValueError(message)
    if limit <= base:
        message = f"{money.to_string(limit)} USD raises no limit of {money.to_string(base)} USD."
        raise ValueError(message)
    made = Raise(window, base, limit, until, by, reference)
    return _with_limit(replace(scope, raises={**scope.raises, window: made}), window, limit)


def limit_of(scope: Scope, window: str) -> Decimal | None:
    """The limit of a window as it is now, None if the scope has none there."""
    if window == TOTAL:
        return scope.budget_limit
    period = scope.quota.period
    return scope.quota.limit if period is not None and window == period.value else None


def lasting_limit_of(scope: Scope, window: str) -> Decimal | None:
    """The limit of a window, as it is when no raise is in force."""
    noted = scope.raises.get(window)
    return noted.base if noted else limit_of(scope, window)


def lasting(scope: Scope) -> Scope:
    """The scope with its limits as they are when no raise is in force; counters stay as they are."""
    for noted in scope.raises.values():
        scope = _with_limit(scope, noted.window, noted.base)
    return replace(scope, raises={})


def kept(after: Scope) -> Scope:
    """What an edit leaves of raises: one ends with an edit of its limit, which then is what the edit says.

    A quota that gets another period, and no other limit with it, has the one from before the raise.
    """
    found = after
    for noted in after.raises.values():
        present = limit_of(found, noted.window)
        if present == noted.limit:
            continue
        found = without(found, noted.window)
        if present is None and noted.window != TOTAL and found.quota.limit == noted.limit:
            found = replace(found, quota=replace(found.quota, limit=noted.base, raised=money.ZERO))
    return found


def without(scope: Scope, window: str) -> Scope:
    """The scope without a note of a raise: its limit is a lasting one from now on."""
    raises = {name: noted for name, noted in scope.raises.items() if name != window}
    quota = scope.quota if window == TOTAL else replace(scope.quota, raised=money.ZERO)
    return replace(scope, raises=raises, quota=quota)


def next_end(scope: Scope, _after: datetime) -> datetime | None:
    """When the first of a scope's raises ends, None if there are none: what has ended is no more."""
    return min((noted.until for noted in scope.raises.values()), default=None)


def ended(scope: Scope, at: datetime) -> Scope:
    """The scope at a moment that its present window contains: what has ended by then falls back.

    What was spent meanwhile stays spent, so that less than nothing may be available. Each end counts as an
    edit, for which the revision stands.
    """
    for noted in scope.raises.values():
        if noted.until <= at:
            scope = _fallen_back(scope, noted)
    return scope


def _fallen_back(scope: Scope, noted: Raise) -> Scope:
    lasting = replace(without(scope, noted.window), revision=scope.revision + 1)
    if noted.window != TOTAL:
        return replace(lasting, quota=scope.quota.fallen_back())
    with money.exact():
        available = scope.budget_available + noted.base - noted.limit
    return replace(lasting, budget_limit=noted.base, budget_available=available)


def _with_limit(scope: Scope, window: str, limit: Decimal) -> Scope:
    """With a raise's limit; the counters follow when the edit is made."""
    if window == TOTAL:
        return replace(scope, budget_limit=limit)
    above = money.difference(limit, scope.raises[window].base)
    return replace(scope, quota=replace(scope.quota, limit=limit, raised=above))
