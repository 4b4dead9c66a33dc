"""Operations of requests. Made by `python -m infra.client`: not to be edited."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_client.api_client import ApiClient

if TYPE_CHECKING:
    from tollgate_client.generated.types.requests_types import (
        BodiesView,
        ExportsFormat,
        ListedRequestView,
        Outcome,
        SingleRequestView,
    )
    from tollgate_client.paging import Page
    from tollgate_client.text_stream import TextStream


class RequestsOperations(ApiClient):
    def list_requests(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        key_id: str | None = None,
        model: str | None = None,
        provider: str | None = None,
        outcome: Outcome | None = None,
        status: str | None = None,
        streamed: bool | None = None,
        session_id: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[ListedRequestView]:
        """List requests, newest first. Needs the role `viewer`."""
        return self._json(
            "GET",
            "/requests",
            query={
                "from": from_,
                "to": to,
                "keyId": key_id,
                "model": model,
                "provider": provider,
                "outcome": outcome,
                "status": status,
                "streamed": streamed,
                "sessionId": session_id,
                "limit": limit,
                "cursor": cursor,
            },
        )

    def export_requests(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        key_id: str | None = None,
        model: str | None = None,
        provider: str | None = None,
        outcome: Outcome | None = None,
        status: str | None = None,
        streamed: bool | None = None,
        session_id: str | None = None,
        format: ExportsFormat | None = None,
    ) -> TextStream:
        """Export all requests of a span as a file, newest first. Needs the role `viewer`."""
        return self._text(
            "/requests/export",
            accept="text/csv, application/x-ndjson",
            query={
                "from": from_,
                "to": to,
                "keyId": key_id,
                "model": model,
                "provider": provider,
                "outcome": outcome,
                "status": status,
                "streamed": streamed,
                "sessionId": session_id,
                "format": format,
            },
        )

    def get_request(self, request_id: str) -> SingleRequestView:
        """Get a request. Needs the role `viewer`."""
        return self._json("GET", "/requests/{}", request_id)

    def get_bodies(self, request_id: str) -> BodiesView:
        """Get the stored bodies of a request, if its key had them stored. Needs the role `operator`."""
        return self._json("GET", "/requests/{}/bodies", request_id)
