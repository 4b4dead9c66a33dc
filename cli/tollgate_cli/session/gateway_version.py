"""Which version of Tollgate a gateway runs."""

from __future__ import annotations

from typing import Final

import httpx

from tollgate_cli.session import small_answers
from tollgate_client.network import connected

_TIMEOUT_SECONDS: Final = 10


def gateway_version(url: str, transport: httpx.BaseTransport | None) -> str | None:
    """As `/health` says without a token; None where it doesn't, since nothing hangs on it."""
    try:
        with connected(transport=transport, timeout=_TIMEOUT_SECONDS) as client:
            found = small_answers.object_in(small_answers.asked(client, "GET", f"{url}/health"))
    except httpx.HTTPError:
        return None
    version = (found or {}).get("version")
    return version if isinstance(version, str) else None
