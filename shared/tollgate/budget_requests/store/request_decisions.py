"""Deciding on requests: one write ends a request, and an approval gets into the key's own write once.

A key's item takes requests and can't be part of a transaction, so that an approval is three writes. The first
one notes the decision in the request (`applying`), after which nobody else can decide it. The second one is
the edit of the key, which carries the change that the decision has named, and so gets into the audit if
and only if the edit is made. The third one ends the request. Whoever meets one under way takes it to its end.

Whether the edit was made is known by the audit alone: the limit may have been edited again since. The key is
read before the audit and before the request, and the edit requires its revision, so that no edit is
made twice, and none after the approval was given up: that is noted first (`releasing`), then the key's
revision is counted up, and what was read before it can't be written any more.
"""

from __future__ import annotations

import random
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate.budget_requests.budget_requests import (
    BudgetRequest,
    NotRaisableError,
    Stage,
    require_raisable,
)
from tollgate.clock import Clock, utc_now
from tollgate.conflicts import EditConflictError
from tollgate.keys.families import HierarchyError
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.policies import temporary_limits
from tollgate.ledger.policies.temporary_limits import TOTAL, RaisedBy

if TYPE_CHECKING:
    from collections.abc import Callable

    from tollgate.audit.entry import Change
    from tollgate.audit.store.audit_table import AuditTable
    from tollgate.budget_requests.budget_requests import Decision
    from tollgate.budget_requests.store.budget_requests_table import BudgetRequestsTable
    from tollgate.keys.store.hierarchy import Hierarchy
    from tollgate.ledger.scopes import Scope

# Steps of an approval, and how often one begins again because a key is edited or another helps.
_TRIES = 50
_MAX_WAIT_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class RequestDecisions:
    """`describe` makes the audit's change of a key of a request's approval: before, after.

    `announce` makes the writes that tell of a request's end, which go along with that.
    """

    table: BudgetRequestsTable
    hierarchy: Hierarchy
    audit: AuditTable
    describe: Callable[[BudgetRequest, Scope, Scope], Change]
    announce: Callable[[BudgetRequest], list[object]]
    clock: Clock = utc_now

    def approve(self, request: BudgetRequest, decision: Decision) -> BudgetRequest:
        """Gives the key the limit that a decision names; returns the request as it is afterwards.

        Raises `NotPendingError`, and `NotRaisableError` or `HierarchyError` if the limit can't be that any
        more: then nothing has changed. `EditConflictError`: somebody came between, so try again.
        """
        self._require_possible(request, decision)
        done, refusal = self._finish(self.table.replace(request, request.applying(decision)))
        if done.stage is Stage.APPROVED and done.decision == decision:
            return done
        # Another may have found that it can't be, and not have said so here.
        raise refusal or EditConflictError

    def deny(self, request: BudgetRequest, decision: Decision, *others: object) -> BudgetRequest:
        """Ends a request with a no, together with `others`; raises as `approve` does."""
        following = request.denied(decision)
        return self.table.replace(request, following, *others, *self.announce(following))

    def withdraw(self, request: BudgetRequest, decision: Decision, *others: object) -> BudgetRequest:
        return self.table.replace(request, request.withdrawn(decision), *others)

    def settled(self, request: BudgetRequest) -> BudgetRequest:
        """The request, with an approval that had begun taken to its end: its process may be dead."""
        return self._finish(request)[0] if request.is_under_way else request

    def _require_possible(self, request: BudgetRequest, decision: Decision) -> None:
        """Spares what would be refused the way there and back."""
        if decision.limit is None:
            message = "an approval names a limit"
            raise ValueError(message)
        request.applying(decision)
        scope = self.hierarchy.keys.get(request.key_id)
        require_raisable(scope, request.window, decision.limit, decision.until, decision.at)
        if scope is not None:
            self.hierarchy.require_room(scope, _raised(scope, request, decision))

    def _finish(
        self, request: BudgetRequest
    ) -> tuple[BudgetRequest, NotRaisableError | HierarchyError | None]:
        """Takes an approval from wherever it is to its end, and says why it couldn't be carried out."""
        refusal: NotRaisableError | HierarchyError | None = None
        for _ in range(_TRIES):
            if not request.is_under_way:
                return request, refusal
            try:
                request = self._step(request)
            except (NotRaisableError, HierarchyError) as error:
                refusal = error
                request = self._noted(request, request.releasing())
            except EditConflictError:
                time.sleep(random.uniform(0, _MAX_WAIT_SECONDS))  # noqa: S311 - spreads tries out
                request = self.table.get(request.id) or request
        if request.is_under_way:
            raise EditConflictError
        return request, refusal

    def _step(self, request: BudgetRequest) -> BudgetRequest:
        """Raises `EditConflictError` where somebody came between, and why the key can't get the limit."""
        scope = self.hierarchy.keys.get(request.key_id)
        if request.stage is Stage.RELEASING and scope is not None:
            self.hierarchy.keys.fence(scope)
        if self._is_applied(request):
            return self._noted(request, request.approved(), *self.announce(request.approved()))
        if request.stage is Stage.RELEASING:
            return self._noted(request, request.released())
        present = self.table.get(request.id)
        if present is None or present.revision != request.revision:
            raise EditConflictError
        self._apply(request, scope)
        return self._noted(request, request.approved(), *self.announce(request.approved()))

    def _apply(self, request: BudgetRequest, scope: Scope | None) -> None:
        decision, now = request.decision, self.clock()
        if decision is None or decision.limit is None:
            message = f"The approval of {request.id} names no limit."
            raise RuntimeError(message)
        require_raisable(scope, request.window, decision.limit, decision.until, now)
        if scope is not None:
            after = replace(_raised(scope, request, decision), updated_at=now)
            self.hierarchy.edit(scope, after, self.describe(request, scope, after))

    def _is_applied(self, request: BudgetRequest) -> bool:
        """Whether the key has had the edit, by the audit, to which what the key keeps of it is appended."""
        if request.decision is None:
            return False
        self.hierarchy.keys.append_audit(request.key_id)
        return self.audit.has_at(request.key_id, request.decision.at, request.decision.change_id)

    def _noted(self, request: BudgetRequest, following: BudgetRequest, *others: object) -> BudgetRequest:
        """What comes after a step, be it noted by this process or by another that had come as far."""
        try:
            return self.table.replace(request, following, *others)
        except EditConflictError:
            return self.table.get(request.id) or request


def _raised(scope: Scope, request: BudgetRequest, decision: Decision) -> Scope:
    """The key with the limit of a decision, for good or until a moment."""
    limit, until = decision.limit, decision.until
    if limit is not None and until is not None:
        return temporary_limits.raised(
            scope, request.window, limit, until, by=RaisedBy.APPROVAL, reference=request.id
        )
    if request.window == TOTAL:
        return replace(scope, budget_limit=limit)
    return replace(scope, quota=replace(scope.quota, limit=limit))
