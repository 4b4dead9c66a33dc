"""Which version of Tollgate a gateway runs."""

from __future__ import annotations

from typing import Final

import httpx

_TIMEOUT_SECONDS: Final = 10


def gateway_version(url: str, transport: httpx.BaseTransport | None) -> str | None:
    """As `/health` says without a token; None where it doesn't, since nothing hangs on it."""
    try:
        with httpx.Client(transport=transport, timeout=_TIMEOUT_SECONDS) as client:
            version = client.get(f"{url}/health").json()["version"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None
    return version if isinstance(version, str) else None
