"""Which budget requests a list is to show, and their keys with what they have spent by now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from tollgate.budget_requests.budget_requests import PENDING_FOR, BudgetRequest, RequestState
from tollgate.budget_requests.store.budget_requests_table import Search
from tollgate_admin.budget_requests.schemas import ListPlace
from tollgate_admin.web.wire_types import KeyId, QueryModel

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


class RequestsQuery(QueryModel):
    """Which page of the requests, newest first."""

    state: RequestState | None = None
    key_id: KeyId | None = None
    limit: int = Field(default=50, ge=1, le=100)
    cursor: ListPlace | None = None

    def search(
        self,
        now: datetime,
        settled: Callable[[BudgetRequest], BudgetRequest],
        visible: Callable[[list[BudgetRequest]], list[BudgetRequest]] = lambda found: found,
    ) -> Search:
        """`settled` takes approvals to their ends that had begun; `visible` leaves out whose keys aren't."""

        def chosen(found: list[BudgetRequest]) -> list[BudgetRequest]:
            present = [settled(each) for each in visible(found)]
            return [each for each in present if self.state in {None, each.state_at(now)}]

        # What is older can't be pending any more.
        since = now - PENDING_FOR if self.state is RequestState.PENDING else None
        return Search(chosen, since)
