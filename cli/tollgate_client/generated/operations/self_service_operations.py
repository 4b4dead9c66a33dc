"""Operations of self service. Made by `python -m infra.client`: not to be edited."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_client.api_client import ApiClient

if TYPE_CHECKING:
    from typing import Any, Literal

    from tollgate_client.generated.types.self_service_types import (
        Asking,
        Estimate,
        IssuedOwnKeyView,
        OwnKeyView,
        OwnRequestView,
        UsageView,
    )
    from tollgate_client.generated.types.shared_types import (
        Approval,
        BudgetEdit,
        ChildCreation,
        ChildEdit,
        Denial,
        OwnPackView,
        RequestState,
        Rotation,
    )
    from tollgate_client.paging import Page


class SelfServiceOperations(ApiClient):
    def list_own_requests(
        self,
        *,
        state: RequestState | None = None,
        key_id: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        below: bool | None = None,
    ) -> Page[OwnRequestView]:
        """List requests, newest first."""
        return self._json(
            "GET",
            "/budget-requests",
            query={"state": state, "keyId": key_id, "limit": limit, "cursor": cursor, "below": below},
        )

    def ask_for_increase(self, body: Asking) -> OwnRequestView:
        """Ask for a higher limit."""
        return self._json("POST", "/budget-requests", body=body)

    def get_own_request(self, request_id: str) -> OwnRequestView:
        """Get a request, with how its budget stands now."""
        return self._json("GET", "/budget-requests/{}", request_id)

    def approve_request(self, request_id: str, body: Approval | None = None) -> OwnRequestView:
        """Raise the limit of a key below, within the acting key's own limits."""
        return self._json("POST", "/budget-requests/{}/approve", request_id, body=body)

    def deny_request(self, request_id: str, body: Denial) -> OwnRequestView:
        """Deny a request of a key below, with a reason."""
        return self._json("POST", "/budget-requests/{}/deny", request_id, body=body)

    def withdraw_request(self, request_id: str) -> OwnRequestView:
        """Take a request back."""
        return self._json("POST", "/budget-requests/{}/withdraw", request_id)

    def estimate_cost(
        self,
        body: dict[str, Any],
        *,
        endpoint: Literal["/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/embeddings"]
        | None = None,
    ) -> Estimate:
        """Say what a call would cost, and whether it would be let through."""
        return self._json("POST", "/estimate", query={"endpoint": endpoint}, body=body)

    def list_keys(
        self, *, parent_id: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[OwnKeyView]:
        """List the children of the acting key, or of one of its descendants."""
        return self._json("GET", "/keys", query={"parentId": parent_id, "limit": limit, "cursor": cursor})

    def create_key(self, body: ChildCreation) -> IssuedOwnKeyView:
        """Create a key below the acting one."""
        return self._json("POST", "/keys", body=body)

    def get_key(self, key_id: str) -> OwnKeyView:
        """Get the acting key, or one below it."""
        return self._json("GET", "/keys/{}", key_id)

    def update_key(self, key_id: str, body: ChildEdit, *, if_match: int | None = None) -> OwnKeyView:
        """Change settings of a key below the acting one."""
        return self._json("PATCH", "/keys/{}", key_id, body=body, if_match=if_match)

    def delete_key(self, key_id: str, *, if_match: int | None = None) -> OwnKeyView:
        """Delete a key that was never used and has no children, and return it."""
        return self._json("DELETE", "/keys/{}", key_id, if_match=if_match)

    def set_budget(self, key_id: str, body: BudgetEdit, *, if_match: int | None = None) -> OwnKeyView:
        """Change a key's limits."""
        return self._json("PUT", "/keys/{}/budget", key_id, body=body, if_match=if_match)

    def reinstate_key(self, key_id: str, *, if_match: int | None = None) -> OwnKeyView:
        """Let a revoked key in again."""
        return self._json("POST", "/keys/{}/reinstate", key_id, if_match=if_match)

    def revoke_key(self, key_id: str, *, if_match: int | None = None) -> OwnKeyView:
        """Refuse a key from now on."""
        return self._json("POST", "/keys/{}/revoke", key_id, if_match=if_match)

    def rotate_key(
        self, key_id: str, body: Rotation | None = None, *, if_match: int | None = None
    ) -> IssuedOwnKeyView:
        """Replace a key's secret."""
        return self._json("POST", "/keys/{}/rotate", key_id, body=body, if_match=if_match)

    def list_packs(
        self, *, limit: int | None = None, cursor: str | None = None, key_id: str | None = None
    ) -> Page[OwnPackView]:
        """List a key's packs, also those that have ended."""
        return self._json("GET", "/packs", query={"limit": limit, "cursor": cursor, "keyId": key_id})

    def usage(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        zone: str | None = None,
        key_id: str | None = None,
        tree: bool | None = None,
    ) -> UsageView:
        """Show how a key's budgets stand, what was spent by day and model, and how long it will last."""
        return self._json(
            "GET", "/usage", query={"from": from_, "to": to, "zone": zone, "keyId": key_id, "tree": tree}
        )
