"""Calls to providers over one pool of connections.

urllib3, because botocore has loaded it already: httpx would add about 0.1 s to a cold start
(infra/docs/cold-start.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
)
from urllib3.exceptions import TimeoutError as Urllib3TimeoutError

from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tollgate.catalog import Provider

_CONNECT_TIMEOUT = 5.0
_CHUNK_BYTES = 65_536

# What of a client's headers a provider gets to see. The client's key is never among it.
_FORWARDED = frozenset({"accept", "openai-beta"})

# What of a provider's headers stays here: what belongs to one connection (RFC 9110, 7.6.1), what no
# longer fits the body, what API Gateway sets itself, and what would be shared between clients.
_KEPT_BACK = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "content-length",
        "content-encoding",
        "date",
        "server",
        "set-cookie",
        "x-request-id",
    }
)


class UpstreamError(Exception):
    """A provider that gave no (whole) answer. `sent` tells whether it may have done the work."""

    def __init__(self, refused: RefusedError, *, sent: bool) -> None:
        super().__init__(refused.message)
        self.refused = refused
        self.sent = sent


@dataclass(frozen=True, slots=True)
class UpstreamAnswer:
    """A provider's answer, its body still to be read. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    request_id: str | None
    chunks: Iterator[bytes]

    @property
    def is_event_stream(self) -> bool:
        return self.headers.get("content-type", "").startswith("text/event-stream")


@dataclass(frozen=True, slots=True)
class Upstream:
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(maxsize=4))

    def post(
        self,
        provider: Provider,
        *,
        credential: str,
        path: str,
        body: bytes,
        headers: Mapping[str, str],
        seconds: float,
    ) -> UpstreamAnswer:
        """Sends a request and waits for the answer's headers; raises `UpstreamError`.

        `seconds` bounds the wait for the headers, and then for each part of the body.
        """
        forwarded = {name: value for name, value in headers.items() if name in _FORWARDED}
        own = {
            "authorization": f"Bearer {credential}",
            "content-type": "application/json",
            "accept-encoding": "identity",
            "user-agent": "tollgate",
        }
        try:
            response = self.pool.request(
                "POST",
                provider.base_url + path,
                body=body,
                headers={**forwarded, **own},
                timeout=urllib3.Timeout(connect=min(_CONNECT_TIMEOUT, seconds), read=seconds),
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except HTTPError as error:
            raise _no_answer(provider, error) from error
        received = {name.lower(): value for name, value in response.headers.items()}
        return UpstreamAnswer(
            status=response.status,
            headers={name: value for name, value in received.items() if name not in _KEPT_BACK},
            request_id=received.get("x-request-id"),
            chunks=_read(provider, response),
        )


def without_credential(provider: Provider) -> UpstreamError:
    """The error for a provider whose API key was never stored."""
    message = f"The provider {provider.name} has no API key. Ask your administrator to set it."
    return UpstreamError(RefusedError(Reason.PROVIDER_UNAVAILABLE, message), sent=False)


def _read(provider: Provider, response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    try:
        yield from response.stream(_CHUNK_BYTES, decode_content=True)
    except Urllib3TimeoutError as error:
        raise _too_late(provider) from error
    except HTTPError as error:
        refused = RefusedError(
            Reason.PROVIDER_UNAVAILABLE, f"The answer of the provider {provider.name} broke off."
        )
        raise UpstreamError(refused, sent=True) from error
    finally:
        response.close()


def _no_answer(provider: Provider, error: HTTPError) -> UpstreamError:
    if isinstance(error, Urllib3TimeoutError) and not isinstance(error, ConnectTimeoutError):
        return _too_late(provider)
    refused = RefusedError(Reason.PROVIDER_UNAVAILABLE, f"The provider {provider.name} could not be reached.")
    return UpstreamError(refused, sent=not isinstance(error, ConnectTimeoutError | NewConnectionError))


def _too_late(provider: Provider) -> UpstreamError:
    message = f"The provider {provider.name} did not answer in time."
    return UpstreamError(RefusedError(Reason.PROVIDER_TIMEOUT, message), sent=True)
