"""What an admin asks of a provider: bounded in time and size, and only where a provider may be."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProtocolError, SSLError
from urllib3.exceptions import TimeoutError as Urllib3TimeoutError

from tollgate import network_addresses
from tollgate.catalog import provider_headers
from tollgate.catalog.catalog import ApiEndpoint
from tollgate.catalog.provider_auth import (
    ForeignHostError,
    NoTokenError,
    OutboundRequest,
    ProviderAuth,
    UnusableKeyError,
)
from tollgate.clock import Clock, utc_now
from tollgate.lean_dataclass import dataclass
from tollgate.network_addresses import Address
from tollgate_admin import time_limits
from tollgate_admin.catalog import provider_urls
from tollgate_admin.web.problems import ProblemError

T = TypeVar("T")

# OpenRouter's list, with descriptions, comes near a megabyte.
_MAX_BYTES = 4 * 1024 * 1024
_CONNECT_SECONDS = 5.0
_PIECE_BYTES = 65_536
# Of the addresses that a name has, so many are tried.
_MAX_ADDRESSES = 3
# Of what a provider says of its failure.
_MAX_CHARACTERS = 200
_KEY_ENDS = 4

_TOO_LATE = "The provider did not respond in time."


class ProbeError(Exception):
    """A provider that did not tell what it was asked. `status` is that of its answer, if it gave one."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """What a provider has answered, whatever it is; header names are as in urllib3, in any case."""

    status: int
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ProviderProbe:
    """Questions to a provider with its `credential`, which end by `deadline` on the `monotonic` clock.

    `auth` proves whose they are. The name is resolved once for each, and the connection goes to an address
    that was looked at: a name that means another one a moment later leads nowhere else.
    """

    endpoint: ApiEndpoint
    credential: str
    auth: ProviderAuth
    deadline: float
    loopback_allowed: bool
    monotonic: Callable[[], float] = time.monotonic
    resolve: Callable[..., Sequence[Any]] = socket.getaddrinfo
    clock: Clock = utc_now

    def get(self, path: str) -> Any:
        """The JSON that the provider has below its base URL; raises `ProbeError`."""
        answer = self.asked("GET", path)
        if answer.status != HTTPStatus.OK:
            raise ProbeError(_refusal(answer.status, self.told(answer)), answer.status)
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            kind = _plain(answer.headers.get("content-type", "nothing"))
            raise ProbeError(f"The provider's response is not JSON ({kind}).", answer.status) from error

    def asked(self, method: str, path: str, body: bytes | None = None) -> ProbeAnswer:
        """What the provider answers below its base URL, be it an error; raises `ProbeError` without that."""
        url = self._url()
        failed: ProbeError | None = None
        for address in self._addresses(url)[:_MAX_ADDRESSES]:
            try:
                return self._asked(method, url, address, path, body)
            except _UnreachableError as error:
                failed = ProbeError(f"The provider could not be reached: {error}.")
        raise failed or ProbeError("The provider's host name has no address.")

    def told(self, answer: ProbeAnswer) -> str:
        """What a provider says of its failure, without anything of its key."""
        try:
            told = json.loads(answer.body)
        except (ValueError, RecursionError):
            return ""
        told = told.get("error", told) if isinstance(told, dict) else None
        told = told.get("message") if isinstance(told, dict) else told
        if not isinstance(told, str):
            return ""
        ends = {self.credential[:_KEY_ENDS], self.credential[-_KEY_ENDS:]} - {""}
        words = ("…" if any(end in word for end in ends) else word for word in told.split())
        return _plain(" ".join(words))

    def _url(self) -> SplitResult:
        try:
            text = provider_urls.checked(self.endpoint.base_url, loopback_allowed=self.loopback_allowed)
        except ProblemError as error:
            ((_, message),) = error.errors
            raise ProbeError(f"The provider's base URL {message}.") from error
        return urlsplit(text)

    def _addresses(self, url: SplitResult) -> list[Address]:
        try:
            found = self.resolve(url.hostname, url.port or 443, type=socket.SOCK_STREAM)
        except OSError as error:
            raise ProbeError("The provider's host name could not be resolved.") from error
        meant = [network_addresses.address_of(str(each[4][0])) for each in found]
        host, local = url.hostname or "", self.loopback_allowed
        if not all(network_addresses.may_lead_to(host, each, loopback_allowed=local) for each in meant):
            raise ProbeError(
                "The provider's host name resolves to an address of the gateway's own machine or network."
            )
        return list(dict.fromkeys(meant))

    def _asked(
        self, method: str, url: SplitResult, address: Address, path: str, body: bytes | None
    ) -> ProbeAnswer:
        with _pool(url, address) as pool:
            try:
                response = pool.urlopen(
                    method,
                    url.path + path,
                    body=body,
                    headers=self._headers(method, url, path, body),
                    timeout=self._timeout(),
                    retries=False,
                    redirect=False,
                    preload_content=False,
                )
                with response:
                    return ProbeAnswer(response.status, self._body(response), response.headers)
            except SSLError as error:
                raise ProbeError(
                    f"The provider's TLS connection can't be trusted: {_reason(error)}."
                ) from error
            except (ConnectTimeoutError, NewConnectionError) as error:
                raise _UnreachableError("no connection") from error
            except Urllib3TimeoutError as error:
                raise ProbeError(_TOO_LATE) from error
            except ProtocolError as error:
                raise ProbeError("The provider's response was cut off or is not HTTP.") from error
            except HTTPError as error:
                raise ProbeError(f"The request to the provider failed: {type(error).__name__}.") from error

    def _headers(self, method: str, url: SplitResult, path: str, body: bytes | None) -> dict[str, str]:
        headers = {**provider_headers.headers_for(self.endpoint.api), "host": url.netloc}
        if body is not None:
            headers["content-type"] = "application/json"
        whole = f"{url.scheme}://{url.netloc}{url.path}{path}"
        asked = OutboundRequest(method, whole, headers, self.clock(), body)
        try:
            return {**headers, **self.auth.headers(asked, self.credential)}
        except UnusableKeyError as error:
            raise ProbeError("Its API key can't be used.") from error
        except ForeignHostError as error:
            raise ProbeError("Its base URL is no host where its authHeader may be used.") from error
        except NoTokenError as error:
            raise ProbeError(f"No token was given for it: {error}.") from error

    def _timeout(self) -> urllib3.Timeout:
        left = self._seconds_left()
        return urllib3.Timeout(connect=min(left, _CONNECT_SECONDS), read=left)

    def _seconds_left(self) -> float:
        left = self.deadline - self.monotonic()
        if left <= 0:
            raise ProbeError(_TOO_LATE)
        return left

    def _body(self, response: urllib3.BaseHTTPResponse) -> bytes:
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise ProbeError("The provider used a content encoding that was not requested.", response.status)
        body = b""
        for piece in _pieces(response):
            self._seconds_left()
            body += piece
            if len(body) > _MAX_BYTES:
                raise ProbeError("The provider's response is too long.", response.status)
        return body


class _UnreachableError(Exception):
    """An address that no connection could be made to."""


def within(seconds: float, work: Callable[[], T]) -> T:
    """What the work comes to; raises `ProbeError` when it takes longer, whatever it waits for."""
    try:
        return time_limits.within(seconds, work)
    except TimeoutError as error:
        raise ProbeError(_TOO_LATE) from error


def _pool(url: SplitResult, address: Address) -> urllib3.HTTPConnectionPool:
    """Connections to an address, which must prove to be the URL's host."""
    if url.scheme == "http":
        return urllib3.HTTPConnectionPool(str(address), url.port or 80)
    return urllib3.HTTPSConnectionPool(str(address), url.port or 443, server_hostname=url.hostname)


def _pieces(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    return response.stream(_PIECE_BYTES, decode_content=False)


def _refusal(status: int, told: str) -> str:
    if status in {401, 403}:
        # What it says of a key may show some of it.
        return f"The provider rejected the API key ({status})."
    if 300 <= status < 400:
        return f"The provider returned a redirect ({status}), which is not followed."
    if status == 404:
        said = "The provider has no list of models below its base URL (404)"
    elif status == 429:
        said = "The provider is limiting requests (429)"
    else:
        said = f"The provider returned status {status}"
    return f"{said}: {told}" if told else f"{said}."


def _reason(error: SSLError) -> str:
    """What OpenSSL says, which is of its own and the certificate's words alone."""
    cause = error.args[0] if error.args else error
    return _plain(str(getattr(cause, "verify_message", "") or getattr(cause, "reason", "") or "no handshake"))


def _plain(text: str) -> str:
    """A line of printable text."""
    line = "".join(each if each.isprintable() else " " for each in text)
    return line if len(line) <= _MAX_CHARACTERS else f"{line[:_MAX_CHARACTERS]}…"
