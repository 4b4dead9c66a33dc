"""The network as the environment has it: proxies, and the authorities that are trusted."""

from __future__ import annotations

from typing import Any, Final

import httpx

from tollgate_client.api_errors import Unreachable

_VARIABLES: Final = "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY"


def connected(**options: Any) -> httpx.Client:
    """httpx's client. Raises `Unreachable` where the environment has what can't be used."""
    try:
        return httpx.Client(**options)
    except ImportError as fault:
        raise Unreachable("A SOCKS proxy needs the package socksio: install httpx[socks].") from fault
    except OSError as fault:
        reason = fault.strerror or type(fault).__name__
        raise Unreachable(f"The certificates can't be read: {reason}. Look at SSL_CERT_FILE.") from fault
    except (httpx.InvalidURL, ValueError):
        # Its text may have the proxy's password.
        message = f"The environment's proxy can't be used. Look at {_VARIABLES}."
        raise Unreachable(message) from None
