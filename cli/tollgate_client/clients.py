"""The two APIs' clients. Their methods are the operations of the OpenAPI documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_client.generated.apis import AdminApi, SelfServiceApi

if TYPE_CHECKING:
    import httpx


class AdminClient(AdminApi):
    """The admin API: keys, providers, models, costs, requests, alerts, admins."""

    def __init__(
        self,
        admin_url: str,
        token: str,
        *,
        transport: httpx.BaseTransport | None = None,
        timeout: float = 60.0,
    ) -> None:
        """`admin_url` ends in `/api/admin`; `token` is the stack's, a named admin's, or an ID token."""
        super().__init__(admin_url, token, transport=transport, timeout=timeout)


class Client(SelfServiceApi):
    """Self-service: what a key's holder asks and changes without an administrator."""

    def __init__(
        self, base_url: str, key: str, *, transport: httpx.BaseTransport | None = None, timeout: float = 60.0
    ) -> None:
        """`base_url` ends in `/v1`; `key` is the holder's secret."""
        super().__init__(base_url, key, transport=transport, timeout=timeout)
