"""Operations of providers. Made by `python -m infra.client`: not to be edited."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_client.api_client import ApiClient

if TYPE_CHECKING:
    from tollgate_client.generated.types.providers_types import (
        CatalogEntryView,
        CatalogImport,
        ImportState,
        ImportView,
        KeyCheck,
        KeyMatch,
        ProviderCreation,
        ProviderEdit,
        ProviderTest,
        ProviderView,
        RemoteModelView,
    )
    from tollgate_client.paging import Page


class ProvidersOperations(ApiClient):
    def list_providers(
        self,
        *,
        search: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        managed_by: str | None = None,
    ) -> Page[ProviderView]:
        """List providers by name. Needs the role `viewer`."""
        return self._json(
            "GET",
            "/providers",
            query={"search": search, "limit": limit, "cursor": cursor, "managedBy": managed_by},
        )

    def create_provider(self, body: ProviderCreation) -> ProviderView:
        """Create a provider. Needs the role `operator`."""
        return self._json("POST", "/providers", body=body)

    def get_provider(self, provider_id: str) -> ProviderView:
        """Get provider. Needs the role `viewer`."""
        return self._json("GET", "/providers/{}", provider_id)

    def update_provider(
        self, provider_id: str, body: ProviderEdit, *, if_match: int | None = None
    ) -> ProviderView:
        """Change a provider. Needs the role `operator`."""
        return self._json("PATCH", "/providers/{}", provider_id, body=body, if_match=if_match)

    def delete_provider(self, provider_id: str, *, if_match: int | None = None) -> None:
        """Delete a provider that serves no model, and its API key. Needs the role `operator`."""
        self._json("DELETE", "/providers/{}", provider_id, if_match=if_match)

    def check_api_key(self, provider_id: str, body: KeyCheck) -> KeyMatch:
        """Tell whether a provider's stored API key is the one that is sent. Needs the role `operator`."""
        return self._json("POST", "/providers/{}/api-key/check", provider_id, body=body)

    def list_catalog(
        self,
        provider_id: str,
        *,
        search: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        vendor: str | None = None,
        state: ImportState | None = None,
    ) -> Page[CatalogEntryView]:
        """List the shipped catalog by name, and what importing each entry for the provider would change.
        Needs the role `viewer`.
        """

        return self._json(
            "GET",
            "/providers/{}/catalog",
            provider_id,
            query={"search": search, "limit": limit, "cursor": cursor, "vendor": vendor, "state": state},
        )

    def import_models(self, provider_id: str, body: CatalogImport) -> ImportView:
        """Create models, or set the prices of existing ones, from a catalog. Needs the role `operator`."""
        return self._json("POST", "/providers/{}/catalog/import", provider_id, body=body)

    def list_remote_models(self, provider_id: str) -> Page[RemoteModelView]:
        """List the models that a provider itself lists. Needs the role `viewer`."""
        return self._json("GET", "/providers/{}/remote-models", provider_id)

    def check_provider(self, provider_id: str) -> ProviderTest:
        """Test a provider. Needs the role `operator`."""
        return self._json("POST", "/providers/{}/test", provider_id)
