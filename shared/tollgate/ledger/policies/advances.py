"""What time alone makes of a scope: its quota's windows begin, and what was limited in time ends.

No job does it. A scope says when it next changes (`changes_at`, and `resets_at` of its quota), an admission
that comes later than that stores what has become of it together with its hold, and whoever only looks works
it out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate.ledger.billing import packs
from tollgate.ledger.policies import temporary_limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tollgate.ledger.scopes import Scope

# Beside windows: when something of a scope next changes, and what the scope is once it has.
_CHANGES: tuple[
    tuple[Callable[[Scope, datetime], datetime | None], Callable[[Scope, datetime], Scope]], ...
] = (
    (temporary_limits.next_end, temporary_limits.ended),
    (packs.next_change, packs.advanced),
)


def next_change(scope: Scope, after: datetime) -> datetime | None:
    """When a scope next changes, the beginning of a quota's window aside, that is as it is `after` a moment.

    None for never.
    """
    moments = [moment for next_of, _ in _CHANGES if (moment := next_of(scope, after)) is not None]
    return min(moments, default=None)


def is_due(scope: Scope, at: datetime) -> bool:
    """Whether a scope isn't stored any more as it is at a moment, the quota's window aside."""
    return scope.changes_at is not None and scope.changes_at <= at


def advanced(scope: Scope, at: datetime) -> Scope:
    """The scope as it is at a moment, the same if nothing has changed.

    In the order of time: what ends in the midst of a window ends in that one. What ends together with a
    window is in force to the window's end.
    """
    while scope.changes_at is not None and scope.changes_at <= at:
        moment = scope.changes_at
        scope = scope.rolled(moment)
        for _, change in _CHANGES:
            scope = change(scope, moment)
        scope = replace(scope, changes_at=next_change(scope, moment))
    return scope.rolled(at)


def caught_up(scope: Scope, at: datetime) -> Scope:
    """As `advanced`, the same scope if no more than its quota's window has changed."""
    return advanced(scope, at) if is_due(scope, at) else scope
