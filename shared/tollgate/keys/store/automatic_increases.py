"""Automatic increases: taking a step of a key's policy, within what the keys above it allow.

A step is an edit of a limit, made on an image of the key and only on that: however many requests are refused
by one image, one of them makes the step, and the others find that something has changed.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.audit.entry import Change
from tollgate.clock import Clock, rfc3339, utc_now
from tollgate.conflicts import EditConflictError
from tollgate.keys.audit_actions import key_actions
from tollgate.keys.families import HierarchyError
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.policies import advances, automatic_increase, temporary_limits

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import Any

    from tollgate.keys.store.hierarchy import Hierarchy
    from tollgate.ledger.policies.automatic_increase import DueStep
    from tollgate.ledger.scopes import Scope
    from tollgate.refusals import RefusedError, Shortage

logger = logging.getLogger(__name__)

# What the audit calls whoever raises a limit by a key's own policy.
ACTOR = "policy"


@dataclass(frozen=True, slots=True)
class AutomaticIncreases:
    hierarchy: Hierarchy
    clock: Clock = utc_now

    def for_refused(self, seen: Scope, refused: RefusedError) -> bool:
        """Whether what a scope has refused for want of money may be tried again: its limit is raised, or it
        has changed since it was `seen`.

        No step is taken that would not let the request in.
        """
        short = refused.shortage
        if short is None or short.scope != seen.key_id:
            return False
        return self._raise(seen, [short.window], short)

    def at_percent(self, key_id: str) -> bool:
        """Whether a limit of a key was raised, because as much of it is used as the key's policy says."""
        seen = self.hierarchy.keys.get(key_id)
        if seen is None or seen.automatic_increase is None:
            return False
        windows = automatic_increase.windows_at_percent(seen.advanced(self.clock()))
        return bool(windows) and self._raise(seen, windows, None)

    def _raise(self, seen: Scope, windows: Iterable[str], short: Shortage | None) -> bool:
        at = self.clock()
        present = seen.advanced(at)
        above = self.hierarchy.above(seen)
        for window in windows:
            due = automatic_increase.due_step(
                present, window, at, automatic_increase.room_above(present, above, window, at)
            )
            if due is None or (short is not None and not automatic_increase.lets_in(present, due, short)):
                continue
            return self._take(seen, due, at)
        return False

    def _take(self, seen: Scope, due: DueStep, at: datetime) -> bool:
        before = advances.caught_up(seen, at)
        after = automatic_increase.stepped(before, due)
        try:
            self.hierarchy.edit(before, after, _change(before, after, due, at))
        except EditConflictError:
            return True
        except HierarchyError as error:
            logger.info("%s was not raised: %s", seen.key_id, error)
            return False
        return True


def _change(before: Scope, after: Scope, due: DueStep, at: datetime) -> Change:
    return Change.of(
        before.key_id,
        key_actions(before, after),
        _shown(before, due.window),
        _shown(after, due.window),
        actor=ACTOR,
        at=at,
        request_id=None,
    )


def _shown(scope: Scope, window: str) -> dict[str, Any]:
    """A limit, and until when it is raised, as the admin API shows them."""
    limit, noted = temporary_limits.limit_of(scope, window), scope.raises.get(window)
    name = "budget" if window == temporary_limits.TOTAL else "quota"
    return {
        f"{name}Limit": None if limit is None else money.to_string(limit),
        f"{name}LimitUntil": rfc3339(noted.until) if noted else None,
    }
