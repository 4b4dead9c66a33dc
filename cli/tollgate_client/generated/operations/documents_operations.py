"""Operations of documents. Made by `python -m infra.client`: not to be edited."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_client.api_client import ApiClient

if TYPE_CHECKING:
    from typing import Any

    from tollgate_client.text_stream import TextStream


class DocumentsOperations(ApiClient):
    def get_docs(self) -> TextStream:
        """Show a page to read this document and try the API."""
        return self._text("/docs", accept="text/html")

    def get_openapi(self) -> dict[str, Any]:
        """Get this document."""
        return self._json("GET", "/openapi.json")
