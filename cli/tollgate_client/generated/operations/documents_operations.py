"""Operations of documents. Made by `python -m infra.client`: not to be edited."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_client.api_client import ApiClient

if TYPE_CHECKING:
    from typing import Any

    from tollgate_client.generated.types.documents_types import Api
    from tollgate_client.text_stream import TextStream


class DocumentsOperations(ApiClient):
    def get_docs(self, *, api: Api | None = None) -> TextStream:
        """Show a page to read such a document and try the API."""
        return self._text("/docs", accept="text/html", query={"api": api})

    def get_openapi(self, *, api: Api | None = None) -> dict[str, Any]:
        """Get this document, or that of what a key's holder may ask for."""
        return self._json("GET", "/openapi.json", query={"api": api})
