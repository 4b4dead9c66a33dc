"""Operations of budget requests. Made by `python -m infra.client`: not to be edited."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_client.api_client import ApiClient

if TYPE_CHECKING:
    from typing import Literal

    from tollgate_client.generated.types.budget_requests_types import BudgetRequestView
    from tollgate_client.generated.types.shared_types import Approval, Denial, RequestState
    from tollgate_client.paging import Page
    from tollgate_client.text_stream import TextStream


class BudgetRequestsOperations(ApiClient):
    def list_budget_requests(
        self,
        *,
        state: RequestState | None = None,
        key_id: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[BudgetRequestView]:
        """List requests for higher limits, newest first. Needs the role `viewer`."""
        return self._json(
            "GET",
            "/budget-requests",
            query={"state": state, "keyId": key_id, "limit": limit, "cursor": cursor},
        )

    def list_budget_requests_text(
        self,
        *,
        state: RequestState | None = None,
        key_id: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        format: Literal["csv"] = "csv",
    ) -> TextStream:
        """List requests for higher limits, newest first. Needs the role `viewer`."""
        return self._text(
            "/budget-requests",
            accept="text/csv",
            query={"state": state, "keyId": key_id, "limit": limit, "cursor": cursor, "format": format},
        )

    def get_budget_request(self, request_id: str) -> BudgetRequestView:
        """Get budget request. Needs the role `viewer`."""
        return self._json("GET", "/budget-requests/{}", request_id)

    def approve_budget_request(self, request_id: str, body: Approval | None = None) -> BudgetRequestView:
        """Raise the limit to what was asked for, or to another one. Needs the role `operator`."""
        return self._json("POST", "/budget-requests/{}/approve", request_id, body=body)

    def deny_budget_request(self, request_id: str, body: Denial) -> BudgetRequestView:
        """Deny budget request. Needs the role `operator`."""
        return self._json("POST", "/budget-requests/{}/deny", request_id, body=body)
