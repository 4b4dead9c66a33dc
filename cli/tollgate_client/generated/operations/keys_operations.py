"""Operations of keys. Made by `python -m infra.client`: not to be edited."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_client.api_client import ApiClient

if TYPE_CHECKING:
    from typing import Literal

    from tollgate_client.generated.types.keys_types import (
        AdmissionView,
        BillView,
        BudgetReset,
        IssuedKeyView,
        KeyCreation,
        KeyEdit,
        KeyStanding,
        KeyView,
        ListedKeyView,
        PackCreation,
        PackView,
        TemporaryRaise,
    )
    from tollgate_client.generated.types.shared_types import (
        Audience,
        BudgetEdit,
        BudgetState,
        KeyStatus,
        Priority,
        Rotation,
    )
    from tollgate_client.paging import Page
    from tollgate_client.text_stream import TextStream


class KeysOperations(ApiClient):
    def list_keys(
        self,
        *,
        search: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        status: KeyStatus | None = None,
        owner: str | None = None,
        tag: str | None = None,
        priority: Priority | None = None,
        budget_state: BudgetState | None = None,
        managed_by: str | None = None,
        parent_id: str | None = None,
        external_id: str | None = None,
        roots: bool | None = None,
    ) -> Page[ListedKeyView]:
        """List keys in no particular order. Needs the role `viewer`."""
        return self._json(
            "GET",
            "/apiKey",
            query={
                "search": search,
                "limit": limit,
                "cursor": cursor,
                "status": status,
                "owner": owner,
                "tag": tag,
                "priority": priority,
                "budgetState": budget_state,
                "managedBy": managed_by,
                "parentId": parent_id,
                "externalId": external_id,
                "roots": roots,
            },
        )

    def create_key(self, body: KeyCreation) -> IssuedKeyView:
        """Create a key. Needs the role `operator`."""
        return self._json("POST", "/apiKey", body=body)

    def get_key(self, key_id: str) -> KeyView:
        """Get key. Needs the role `viewer`."""
        return self._json("GET", "/apiKey/{}", key_id)

    def update_key(self, key_id: str, body: KeyEdit, *, if_match: int | None = None) -> KeyView:
        """Change a key. Needs the role `operator`."""
        return self._json("PATCH", "/apiKey/{}", key_id, body=body, if_match=if_match)

    def delete_key(self, key_id: str, *, if_match: int | None = None) -> KeyView:
        """Delete a key that was never used and has no children, and return it. Needs the role `operator`."""

        return self._json("DELETE", "/apiKey/{}", key_id, if_match=if_match)

    def check_admission(
        self,
        key_id: str,
        *,
        model: str | None = None,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
    ) -> AdmissionView:
        """Tell whether a call of a key would be admitted now, and if not, which key refuses it and why.
        Needs the role `viewer`.
        """

        return self._json(
            "GET",
            "/apiKey/{}/admission",
            key_id,
            query={"model": model, "inputTokens": input_tokens, "outputTokens": output_tokens},
        )

    def bill(self, key_id: str, *, month: str | None = None, audience: Audience | None = None) -> BillView:
        """Get a key's monthly bill. Needs the role `viewer`."""
        return self._json("GET", "/apiKey/{}/bill", key_id, query={"month": month, "audience": audience})

    def bill_text(
        self,
        key_id: str,
        *,
        month: str | None = None,
        format: Literal["csv"] = "csv",
        audience: Audience | None = None,
    ) -> TextStream:
        """Get a key's monthly bill. Needs the role `viewer`."""
        return self._text(
            "/apiKey/{}/bill",
            key_id,
            accept="text/csv",
            query={"month": month, "format": format, "audience": audience},
        )

    def set_budget(self, key_id: str, body: BudgetEdit, *, if_match: int | None = None) -> KeyView:
        """Change a key's limits. Needs the role `operator`."""
        return self._json("PUT", "/apiKey/{}/budget", key_id, body=body, if_match=if_match)

    def raise_budget(self, key_id: str, body: TemporaryRaise, *, if_match: int | None = None) -> KeyView:
        """Raise a limit until a moment, at which it falls back by itself to what it was. Needs the role
        `operator`.
        """

        return self._json("POST", "/apiKey/{}/budget/raise", key_id, body=body, if_match=if_match)

    def reset_budget(
        self, key_id: str, body: BudgetReset | None = None, *, if_match: int | None = None
    ) -> KeyView:
        """Reset what a key has used so far. Needs the role `operator`."""
        return self._json("POST", "/apiKey/{}/budget/reset", key_id, body=body, if_match=if_match)

    def list_children(
        self,
        key_id: str,
        *,
        search: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        status: KeyStatus | None = None,
        owner: str | None = None,
        tag: str | None = None,
        priority: Priority | None = None,
        budget_state: BudgetState | None = None,
        managed_by: str | None = None,
    ) -> Page[ListedKeyView]:
        """List the children of a key. Needs the role `viewer`."""
        return self._json(
            "GET",
            "/apiKey/{}/children",
            key_id,
            query={
                "search": search,
                "limit": limit,
                "cursor": cursor,
                "status": status,
                "owner": owner,
                "tag": tag,
                "priority": priority,
                "budgetState": budget_state,
                "managedBy": managed_by,
            },
        )

    def list_packs(
        self, key_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> Page[PackView]:
        """List a key's packs, also those that have ended, in no particular order. Needs the role `viewer`."""

        return self._json("GET", "/apiKey/{}/packs", key_id, query={"limit": limit, "cursor": cursor})

    def add_pack(self, key_id: str, body: PackCreation) -> PackView:
        """Add a pack to a key. Needs the role `operator`."""
        return self._json("POST", "/apiKey/{}/packs", key_id, body=body)

    def get_pack(self, key_id: str, pack_id: str) -> PackView:
        """Get pack. Needs the role `viewer`."""
        return self._json("GET", "/apiKey/{}/packs/{}", key_id, pack_id)

    def void_pack(self, key_id: str, pack_id: str) -> PackView:
        """Void what is left of a pack at once. Needs the role `operator`."""
        return self._json("POST", "/apiKey/{}/packs/{}/void", key_id, pack_id)

    def reinstate_key(self, key_id: str, *, if_match: int | None = None) -> KeyView:
        """Reinstate key. Needs the role `operator`."""
        return self._json("POST", "/apiKey/{}/reinstate", key_id, if_match=if_match)

    def revoke_key(self, key_id: str, *, if_match: int | None = None) -> KeyView:
        """Revoke key. Needs the role `operator`."""
        return self._json("POST", "/apiKey/{}/revoke", key_id, if_match=if_match)

    def rotate_key(
        self, key_id: str, body: Rotation | None = None, *, if_match: int | None = None
    ) -> IssuedKeyView:
        """Replace a key's secret. Needs the role `operator`."""
        return self._json("POST", "/apiKey/{}/rotate", key_id, body=body, if_match=if_match)

    def key_standing(self, key_id: str) -> KeyStanding:
        """Show how a key's budgets and those above it stand, how long they will last, and what refuses
        calls. Needs the role `viewer`.
        """

        return self._json("GET", "/apiKey/{}/standing", key_id)
