"""Operations of settings. Made by `python -m infra.client`: not to be edited."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_client.api_client import ApiClient

if TYPE_CHECKING:
    from tollgate_client.generated.types.settings_types import SettingsEdit, SettingsView


class SettingsOperations(ApiClient):
    def get_settings(self) -> SettingsView:
        """Get the defaults of new keys, and the source of each. Needs the role `viewer`."""
        return self._json("GET", "/settings")

    def update_settings(self, body: SettingsEdit, *, if_match: int | None = None) -> SettingsView:
        """Change the defaults of keys created from now on. Needs the role `operator`."""
        return self._json("PATCH", "/settings", body=body, if_match=if_match)
