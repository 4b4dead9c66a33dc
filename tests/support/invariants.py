"""What must be true of every item of the keys table, at every moment."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import plain
from aws_wire.errors import ServiceError
from tollgate import money
from tollgate.aws import scattered_updates
from tollgate.ledger.store import scope_items

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tollgate.aws.scattered_updates import PendingAnswers
    from tollgate.ledger.scopes import Scope


def assert_consistent(scope: Scope) -> None:
    """What is available is what the limit leaves, to the last digit."""
    quota = scope.quota
    with money.exact():
        limit, beyond = scope.budget_limit or 0, scope.packs_left
        assert scope.budget_available == limit - scope.budget_used - scope.budget_held + beyond
        if scope.is_metered:
            beyond += scope.overage_limit or 0
        assert quota.available == quota.allowance - quota.used - scope.quota_held() + beyond
    if not quota.carries:
        assert quota.allowance == (quota.limit or 0)

    assert_packs_consistent(scope)


def assert_packs_consistent(scope: Scope) -> None:
    """The sum is that of the packs in effect, and none has given more than it had, or promised it twice."""
    counted = [pack.left for pack in scope.packs.values() if pack.is_counted(scope.changes_at)]
    with money.exact():
        assert scope.packs_left == sum(counted, money.ZERO)
        for pack_id, pack in scope.packs.items():
            assert 0 <= pack.left <= pack.amount, pack_id
            reserved = sum((hold.reserved.get(pack_id, 0) for hold in scope.holds.values()), money.ZERO)
            assert pack.free is None or pack.free == pack.left - reserved, pack_id
            assert pack.free is None or pack.free >= 0, pack_id


def assert_within_limits(scope: Scope) -> None:
    """A hard budget is never overspent, not even by what requests in flight may still cost."""
    for balance in scope.balances():
        if balance.is_bounded:
            assert balance.available >= 0, f"{scope.key_id} is overspent by {-balance.available}"


class _CheckedAnswers:
    def __init__(self, pending: PendingAnswers, check: Callable[[Any], None]) -> None:
        self._pending = pending
        self._check = check

    def results(self) -> Sequence[Any]:
        answers = self._pending.results()
        for each in answers:
            if isinstance(each, ServiceError):
                self._check(each.response.get("Item"))
            elif not isinstance(each, Exception):
                self._check(each.get("Attributes"))
        return answers


class StrictClient:
    """Checks each image of a key that an answer shows.

    `hard`: hard budgets have to hold at every instant, too. That isn't so where a limit is lowered below
    what is used, or a provider bills more than was held.
    """

    def __init__(self, client: Any, *, hard: bool = False) -> None:
        self._client = client
        self._hard = hard
        self.most_open = 0
        self.most_spoken_for = Decimal(0)

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self._client, operation)
        if operation == "meta":
            return call

        def checked(**request: Any) -> Any:
            try:
                answer = call(**request)
            except ServiceError as error:
                self._check(error.response.get("Item"))
                raise
            self._check(answer.get("Attributes"))
            self._check(answer.get("Item"))
            return answer

        return checked

    def begin_update_items(self, requests: Sequence[dict[str, Any]]) -> _CheckedAnswers:
        return _CheckedAnswers(scattered_updates.begin(self._client, requests), self._check)

    def _check(self, image: Any) -> None:
        item = plain(image) if image else {}
        if "secret_hash" not in item:
            return
        scope = scope_items.to_scope(item)
        assert_consistent(scope)
        if self._hard:
            assert_within_limits(scope)
        self.most_open = max(self.most_open, len(scope.holds))
        with money.exact():
            self.most_spoken_for = max(self.most_spoken_for, scope.budget_used + scope.budget_held)
