"""Operations of alerts. Made by `python -m infra.client`: not to be edited."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_client.api_client import ApiClient

if TYPE_CHECKING:
    from tollgate_client.generated.types.alerts_types import (
        AlertDefaultsEdit,
        AlertDefaultsView,
        AlertTest,
        AlertView,
    )
    from tollgate_client.paging import Page


class AlertsOperations(ApiClient):
    def list_alerts(
        self, *, key_id: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[AlertView]:
        """List alerts, newest first. Needs the role `viewer`."""
        return self._json("GET", "/alerts", query={"keyId": key_id, "limit": limit, "cursor": cursor})

    def get_defaults(self) -> AlertDefaultsView:
        """Get the alert defaults in effect. Needs the role `viewer`."""
        return self._json("GET", "/alerts/defaults")

    def set_defaults(self, body: AlertDefaultsEdit, *, if_match: int | None = None) -> AlertDefaultsView:
        """Replace all alert defaults. Needs the role `operator`."""
        return self._json("PUT", "/alerts/defaults", body=body, if_match=if_match)

    def raise_test(self, body: AlertTest) -> AlertView:
        """Send a test alert about a key's current budget to a threshold's recipients, within a minute.
        Needs the role `operator`.
        """

        return self._json("POST", "/alerts/test", body=body)
