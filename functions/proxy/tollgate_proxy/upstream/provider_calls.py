"""Calls to providers over one pool of connections."""

from __future__ import annotations

import logging
import time
from dataclasses import field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate.catalog import provider_headers, spoken_apis
from tollgate.catalog.auth import auth_schemes
from tollgate.catalog.provider_auth import (
    ForeignHostError,
    NoTokenError,
    OutboundRequest,
    UnusableKeyError,
)
from tollgate.lean_dataclass import dataclass
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.options import beta_headers
from tollgate_proxy.upstream import response_headers, retry_pauses
from tollgate_proxy.upstream.connections import (
    ForbiddenAddressError,
    NotConnectedError,
    ProviderConnectionError,
    SilentError,
)
from tollgate_proxy.upstream.provider_pool import ProviderPool, Waits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tollgate.catalog.catalog import AuthHeader, Provider, ProviderApi
    from tollgate.catalog.provider_auth import ProviderAuth
    from tollgate_proxy.upstream.connections import ProviderHeaders
    from tollgate_proxy.upstream.provider_pool import OpenAnswer

logger = logging.getLogger(__name__)

_OK, _REDIRECT = 200, 300
# Connections that were idle for longer are made anew.
_STALE_SECONDS = 30.0
# What a request is given when nearly no time is left: enough to fail properly.
_MIN_SECONDS = 0.1
# When a key may be readable that wasn't.
_RETRY_SECONDS = 5.0

# What of a client's headers a provider gets to see, whoever it is: gateways behind one vendor's API read the
# other's, too. The client's key is never among it.
_FORWARDED = frozenset({"accept", "anthropic-version", *beta_headers.HEADERS})
_FAMILIES = ("anthropic-", "openai-")
# The header that says what of them was left out.
_DROPPED = "x-tollgate-dropped"

_REQUEST_IDS = ("x-request-id", "request-id")
_MAX_REQUEST_ID_CHARACTERS = 256


class Fault(StrEnum):
    """How a provider failed: by its status, before it had the request, by silence, or in the middle.

    Or by an answer that looks like a success, and isn't what was asked for.
    """

    STATUS = "status"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    BROKEN_OFF = "broken_off"
    NO_COMPLETION = "no_completion"


class AnswerForm(StrEnum):
    """What an answer is by its first bytes."""

    EVENT_STREAM = "event_stream"
    JSON = "json"
    OTHER = "other"
    EMPTY = "empty"


class UpstreamError(Exception):
    """A provider that gave no (whole) answer. It `counts` as a failure of the target for the circuit breaker,
    unless that wasn't the provider's doing.
    """

    def __init__(self, refused: RefusedError, fault: Fault, *, counts: bool = True) -> None:
        super().__init__(refused.message)
        self.refused = refused
        self.fault = fault
        self.counts = counts

    @property
    def sent(self) -> bool:
        """Whether the provider may have done the work."""
        return self.fault is not Fault.UNREACHABLE


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, for a stream's first byte, and between two pieces of an answer.

    When nothing has come of a stream for `quiet` seconds, its client is told that it isn't over; never if 0.
    """

    connect: float = 5
    first_byte: float = 240
    between_chunks: float = 120
    quiet: float = 20


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """What a provider is asked by an API, `path` following the API's base URL.

    The answer must begin within `answer_seconds`. One that `streams` may go on for `seconds`, any other one
    must be there by then, too. With `long_prompts`, it may be asked for a prompt of any length.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None
    answer_seconds: float
    seconds: float
    api: ProviderApi
    streams: bool = False
    long_prompts: bool = False
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class UpstreamAnswer:
    """A provider's answer, its body still to be read. Header names are in lower case.

    An empty one of the `chunks` says that nothing has come for `quiet` seconds, if these aren't 0.
    """

    status: int
    headers: Mapping[str, str]
    request_id: str | None
    chunks: Iterator[bytes]
    close: Callable[[], None] = lambda: None
    """Gives up a body that nobody has begun to read."""
    quiet: float = 0
    form: AnswerForm | None = None
    """What it has turned out to be; None before its first bytes have come."""

    @property
    def is_success(self) -> bool:
        return _OK <= self.status < _REDIRECT

    @property
    def is_event_stream(self) -> bool:
        """By its bytes, or, as long as they are unknown, by its label."""
        if self.form is not None:
            return self.form is AnswerForm.EVENT_STREAM
        return self.headers.get("content-type", "").lower().startswith("text/event-stream")

    def retry_after(self, now: datetime) -> float | None:
        """Seconds from now for which the provider doesn't want to be asked again, if it says so."""
        return retry_pauses.retry_after(self.headers, now.timestamp())


@dataclass(slots=True)
class Upstream:
    timeouts: Timeouts = field(default_factory=Timeouts)
    pool: ProviderPool = field(default_factory=ProviderPool)
    monotonic: Callable[[], float] = time.monotonic
    clock: Callable[[], float] = time.time
    schemes: Mapping[AuthHeader, ProviderAuth] = field(default_factory=lambda: auth_schemes.SCHEMES)
    _last_used: float = 0.0

    def send(self, provider: Provider, credential: str, upstream_request: UpstreamRequest) -> UpstreamAnswer:
        """Sends a request and waits for the answer's headers; raises `UpstreamError`."""
        self._drop_stale_connections()
        endpoint = spoken_apis.asked_at(provider, upstream_request.api)
        url = endpoint.base_url + upstream_request.path
        headers, dropped = _headers(provider, upstream_request)
        headers |= self._proof(
            provider,
            endpoint.auth_header,
            OutboundRequest(
                upstream_request.method,
                url,
                headers,
                datetime.fromtimestamp(self.clock(), UTC),
                upstream_request.body,
            ),
            credential,
        )
        ends_at = self.monotonic() + (
            upstream_request.seconds if upstream_request.streams else upstream_request.answer_seconds
        )
        waits = (
            min(upstream_request.answer_seconds, self.timeouts.first_byte)
            if upstream_request.streams
            else upstream_request.answer_seconds
        )
        patience = Waits(
            connect=max(min(self.timeouts.connect, waits), _MIN_SECONDS),
            read=max(waits, _MIN_SECONDS),
            total=max(upstream_request.answer_seconds, _MIN_SECONDS),
        )
        try:
            response = self.pool.ask(upstream_request.method, url, upstream_request.body, headers, patience)
        except ProviderConnectionError as error:
            raise _no_answer(provider, error) from error
        quiet = self.timeouts.quiet if upstream_request.streams else 0
        return UpstreamAnswer(
            status=response.status,
            headers=response_headers.forwarded(response.headers.items())
            | ({_DROPPED: dropped} if dropped else {}),
            request_id=_request_id(response.headers),
            chunks=self._read(provider, response, ends_at, quiet),
            close=response.close,
            quiet=quiet,
        )

    def _proof(
        self, provider: Provider, auth_header: AuthHeader, outbound: OutboundRequest, credential: str
    ) -> Mapping[str, str]:
        """The headers that prove to the provider whose the request is."""
        try:
            return self.schemes[auth_header].headers(outbound, credential)
        except UnusableKeyError as error:
            raise unusable(provider, "has an API key that can't be used.", counts=False) from error
        except ForeignHostError as error:
            message = f"has a base URL where it can't be asked by {auth_header}."
            raise unusable(provider, message, counts=False) from error
        except NoTokenError as error:
            logger.warning("No token for the provider %s: %s", provider.name, error)
            raise unusable(provider, "can't be asked: no token was given for it.") from error

    def _drop_stale_connections(self) -> None:
        """A process that was frozen hasn't heard that a connection is over; what is sent on it gets lost."""
        now = self.clock()
        if now - self._last_used > _STALE_SECONDS:
            self.pool.clear()
        self._last_used = now

    def _read(
        self, provider: Provider, response: OpenAnswer, ends_at: float, quiet: float
    ) -> Iterator[bytes]:
        """The body as it comes; raises `UpstreamError` when it breaks off or time is up.

        An empty piece stands for each `quiet` seconds of silence, so that whoever reads can do something.
        """
        pieces = response.pieces()
        try:
            while True:
                left = ends_at - self.monotonic()
                if left <= 0:
                    raise _too_late(provider)
                patience = min(left, self.timeouts.between_chunks)
                if quiet:
                    while patience > quiet and not response.comes_within(quiet):
                        patience -= quiet
                        yield b""
                response.wait_at_most(patience)
                piece = next(pieces, None)
                if piece is None:
                    return
                yield piece
        except SilentError as error:
            raise _too_late(provider) from error
        except ProviderConnectionError as error:
            message = f"The response of the provider {provider.name} was cut off."
            refused = RefusedError(Reason.PROVIDER_UNAVAILABLE, message)
            raise UpstreamError(refused, Fault.BROKEN_OFF) from error
        finally:
            response.close()


def unusable(provider: Provider, why: str, *, counts: bool = True) -> UpstreamError:
    """The error for a provider that can't even be asked."""
    message = f"The provider {provider.name} {why} Ask your administrator."
    refused = RefusedError(
        Reason.PROVIDER_UNAVAILABLE, message, retry_after=None if counts else _RETRY_SECONDS
    )
    return UpstreamError(refused, Fault.UNREACHABLE, counts=counts)


def _headers(provider: Provider, upstream_request: UpstreamRequest) -> tuple[dict[str, str], str | None]:
    """What the provider is sent, and what of the client's it isn't, though it would read it."""
    chosen: dict[str, str] = {}
    others: dict[str, str] = {}
    for name, value in upstream_request.headers.items():
        if name in _FORWARDED:
            chosen[name] = value
        elif name.startswith(_FAMILIES):
            others[name] = value
    chosen, dropped = beta_headers.filtered(chosen, provider, long_prompts=upstream_request.long_prompts)
    if others:
        from tollgate_proxy.upstream import vendor_headers  # noqa: PLC0415 - few clients send any

        passing, held_back = vendor_headers.passing(others, upstream_request.api)
        chosen |= passing
        dropped = "; ".join(filter(None, [dropped, *held_back])) or None
    headers = {**provider_headers.headers_for(upstream_request.api), **chosen}
    if upstream_request.body is not None:
        headers["content-type"] = upstream_request.content_type
    return headers, dropped


def _request_id(headers: ProviderHeaders) -> str | None:
    """The provider's name for the request, unless it is nothing that a header could say."""
    for name in _REQUEST_IDS:
        value = headers.get(name)
        if value and len(value) <= _MAX_REQUEST_ID_CHARACTERS and response_headers.is_sound(name, value):
            return value
    return None


def _no_answer(provider: Provider, error: ProviderConnectionError) -> UpstreamError:
    if isinstance(error, SilentError):
        return _too_late(provider)
    if isinstance(error, ForbiddenAddressError):
        return unusable(provider, "has a host name that resolves to the gateway's own machine or network.")
    refused = RefusedError(Reason.PROVIDER_UNAVAILABLE, f"The provider {provider.name} could not be reached.")
    unsent = isinstance(error, NotConnectedError)
    return UpstreamError(refused, Fault.UNREACHABLE if unsent else Fault.BROKEN_OFF)


def _too_late(provider: Provider) -> UpstreamError:
    message = f"The provider {provider.name} did not respond in time."
    return UpstreamError(RefusedError(Reason.PROVIDER_TIMEOUT, message), Fault.TIMEOUT)
