"""Operations of models. Made by `python -m infra.client`: not to be edited."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_client.api_client import ApiClient

if TYPE_CHECKING:
    from tollgate_client.generated.types.models_types import ModelCreation, ModelEdit, ModelView, VersionView
    from tollgate_client.paging import Page


class ModelsOperations(ApiClient):
    def list_models(
        self,
        *,
        search: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        provider_id: str | None = None,
        priced: bool | None = None,
        managed_by: str | None = None,
    ) -> Page[ModelView]:
        """List models by name. Needs the role `viewer`."""
        return self._json(
            "GET",
            "/models",
            query={
                "search": search,
                "limit": limit,
                "cursor": cursor,
                "providerId": provider_id,
                "priced": priced,
                "managedBy": managed_by,
            },
        )

    def create_model(self, body: ModelCreation) -> ModelView:
        """Create a model. Needs the role `operator`."""
        return self._json("POST", "/models", body=body)

    def get_model(self, model_id: str) -> ModelView:
        """Get model. Needs the role `viewer`."""
        return self._json("GET", "/models/{}", model_id)

    def update_model(self, model_id: str, body: ModelEdit, *, if_match: int | None = None) -> ModelView:
        """Change a model. Needs the role `operator`."""
        return self._json("PATCH", "/models/{}", model_id, body=body, if_match=if_match)

    def delete_model(self, model_id: str, *, if_match: int | None = None) -> None:
        """Delete a model. Needs the role `operator`."""
        self._json("DELETE", "/models/{}", model_id, if_match=if_match)

    def list_prices(self, model_id: str) -> Page[VersionView]:
        """List all past, current and future price versions of a model and its alternatives, oldest first.
        Needs the role `viewer`.
        """

        return self._json("GET", "/models/{}/prices", model_id)
