"""Calls of one of AWS's services that speak JSON: signed, sent, and sent again where that may help.

Protocol: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
"""

from __future__ import annotations

import re
import time
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from aws_wire import retries
from aws_wire.connection_pool import ConnectionPool
from aws_wire.credentials import CredentialSource
from aws_wire.endpoints import region, service_origin
from aws_wire.errors import CorruptAnswerError, ServiceError, WireError
from aws_wire.signatures import Signer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aws_wire.connection import Connection, HttpAnswer
    from aws_wire.retries import Kind
    from aws_wire.signatures import Credentials

_OK, _SERVER_ERROR = 200, 500
# Characters that are told of a refusal: what is no JSON may be a whole page.
_MAX_MESSAGE = 4_000
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException"})
_SKEWED = frozenset({"InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed"})
# Seconds between a request's time and the service's from which on the clocks are to blame; AWS takes 300.
_MAX_SKEW = 240
# What a reader of JSON may raise of what isn't what it expects.
UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, OSError, RecursionError)
_AUTHORIZATION = re.compile(r"(AWS4-HMAC-SHA256 Credential=.{,1000}?)?Signature=\w+", re.DOTALL)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Protocol(NamedTuple):
    """How a service is spoken to. `decode` reads a body and raises `UNREADABLE` of what it can't."""

    service: str
    target_prefix: str
    json_version: str
    decode: Callable[[bytes], Any]


class Limits(NamedTuple):
    """Timeouts are in seconds; `tries` counts the first one."""

    connect_timeout: float
    read_timeout: float
    tries: int
    max_idle_connections: int = 10


class Exchange:
    """A request on its way, through all its tries."""

    __slots__ = (
        "body",
        "clock_corrected",
        "connection",
        "credentials",
        "failure",
        "last_retry",
        "operation",
        "renewed",
        "retried",
        "signed_at",
    )

    def __init__(self, operation: str, body: bytes) -> None:
        self.operation = operation
        self.body = body
        self.connection: Connection | None = None
        self.failure: WireError | None = None
        self.credentials: Credentials | None = None
        self.signed_at = 0.0
        self.retried = 0
        self.last_retry: Kind | None = None
        self.renewed = self.clock_corrected = False

    def abandon(self) -> None:
        """Closes the connection if there is an answer to come: it must not be taken for another's."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class JsonService:
    """A service's client, for any number of threads. Each request that is sent again counts in
    ["ResponseMetadata"]["RetryAttempts"], or in its error's `retried`.
    """

    def __init__(
        self,
        protocol: Protocol,
        environment: Mapping[str, str],
        limits: Limits,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`clock` gives seconds since the epoch. Raises ConfigurationError."""
        self._protocol = protocol
        self._tries = limits.tries
        self._clock = clock
        self._sleep = sleep
        origin = service_origin(protocol.service, environment)
        self._credentials = CredentialSource(environment, clock, sleep)
        self._signer = Signer(
            protocol.service,
            region(environment),
            origin.host_header,
            f"application/x-amz-json-{protocol.json_version}",
            protocol.target_prefix,
        )
        self._pool = ConnectionPool(
            origin,
            limits.connect_timeout,
            limits.read_timeout,
            limits.max_idle_connections,
            environment.get("AWS_CA_BUNDLE") or None,
        )
        self._quota = retries.Quota()
        self._skew = 0.0

    def reset(self) -> None:
        """Closes idle connections, those in use when they come back, and forgets credentials."""
        self._pool.clear()
        self._credentials.forget()
        self._signer.forget()

    def call(self, operation: str, body: bytes) -> dict[str, Any]:
        """The answer. Raises WireError: ServiceError where the service has refused."""
        return self.finish(self.begin(operation, body))

    def begin(self, operation: str, body: bytes) -> Exchange:
        """Sends a request. What goes wrong is told, and tried again, by `finish`."""
        exchange = Exchange(operation, body)
        self._send(exchange)
        return exchange

    def finish(self, exchange: Exchange) -> dict[str, Any]:
        """The answer, waited for. Raises as `call` does."""
        try:
            return self._receive(exchange)
        except WireError as error:
            return self._try_again(exchange, error)

    def gather(self, exchanges: Sequence[Exchange]) -> list[dict[str, Any] | WireError]:
        """The answers, in the same order; all first ones are read before anything is sent again."""
        outcomes: list[dict[str, Any] | WireError] = []
        for exchange in exchanges:
            try:
                outcomes.append(self._receive(exchange))
            except WireError as error:
                outcomes.append(error)
        for number, outcome in enumerate(outcomes):
            if isinstance(outcome, WireError):
                try:
                    outcomes[number] = self._try_again(exchanges[number], outcome)
                except WireError as error:
                    outcomes[number] = error
        return outcomes

    def _send(self, exchange: Exchange) -> None:
        try:
            exchange.credentials = credentials = self._credentials.current()
            exchange.signed_at = now = self._clock() + self._skew
            head = self._signer.head(exchange.operation, exchange.body, credentials, now)
            exchange.connection = connection = self._pool.take()
            connection.send(head + exchange.body)
        except WireError as error:
            exchange.failure = error
            exchange.abandon()
        except BaseException:
            exchange.abandon()
            raise

    def _receive(self, exchange: Exchange) -> dict[str, Any]:
        connection = exchange.connection
        if connection is None:
            raise exchange.failure or RuntimeError("An exchange is read once")
        try:
            answer = connection.receive()
            read = self._read(answer)
        except BaseException:
            exchange.abandon()
            raise
        exchange.connection = None
        if answer.keeps:
            self._pool.give(connection)
        else:
            connection.close()
        if answer.status != _OK:
            raise self._refusal(exchange, answer, read)
        self._quota.release(exchange.last_retry)
        read["ResponseMetadata"] = _metadata(exchange, answer)
        return read

    def _read(self, answer: HttpAnswer) -> dict[str, Any]:
        """A refusal that can't be read is empty, a success raises CorruptAnswerError."""
        checksum = answer.headers.get(b"x-amz-crc32")
        if checksum is not None and checksum != b"%d" % zlib.crc32(answer.body):
            raise CorruptAnswerError("The answer's checksum is another than the service says")
        read: Any = None
        with suppress(*UNREADABLE):
            read = self._protocol.decode(answer.body)
        if isinstance(read, dict):
            return read
        if answer.status == _OK:
            raise CorruptAnswerError("The answer is no JSON object")
        return {}

    def _try_again(self, exchange: Exchange, error: WireError) -> dict[str, Any]:
        while True:
            error.retried = exchange.retried
            if exchange.retried + 1 >= self._tries or not self._may_help(exchange, error):
                raise error
            exchange.retried += 1
            self._send(exchange)
            try:
                return self._receive(exchange)
            except WireError as another:
                error = another

    def _may_help(self, exchange: Exchange, error: WireError) -> bool:
        """Whether to send it again, after the pause that takes."""
        if isinstance(error, ServiceError) and self._mended(exchange, error):
            return True
        kind = retries.kind_of(error)
        if kind is None or not self._quota.acquire(kind):
            return False
        exchange.last_retry = kind
        self._sleep(retries.pause(self._protocol.service, kind, exchange.retried, error))
        return True

    def _mended(self, exchange: Exchange, error: ServiceError) -> bool:
        """Whether it was this side's credentials or clock, and they are better now; once each."""
        if error.code in _EXPIRED and not exchange.renewed and exchange.credentials is not None:
            exchange.renewed = True
            return self._credentials.renew(exchange.credentials)
        if error.code in _SKEWED and not exchange.clock_corrected:
            exchange.clock_corrected = True
            there = _seconds(error.response["ResponseMetadata"]["HTTPHeaders"].get("date", ""))
            if there is not None and abs(there - exchange.signed_at) > _MAX_SKEW:
                self._skew = there - self._clock()
                return True
        return False

    def _refusal(self, exchange: Exchange, answer: HttpAnswer, read: dict[str, Any]) -> ServiceError:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in answer.headers.items()}
        code, message = _code_and_message(answer, read, headers)
        token = exchange.credentials.token if exchange.credentials else None
        if token:
            # A refused signature is explained with all that was signed.
            message = message.replace(token, "...")
        response: dict[str, Any] = {
            "Error": {"Code": code, "Message": _AUTHORIZATION.sub("...", message)[:_MAX_MESSAGE]},
            "ResponseMetadata": _metadata(exchange, answer) | {"HTTPHeaders": headers},
        }
        response |= {name: read[name] for name in ("Item", "CancellationReasons") if name in read}
        return ServiceError(exchange.operation, response)


def _metadata(exchange: Exchange, answer: HttpAnswer) -> dict[str, Any]:
    request_id = answer.headers.get(b"x-amzn-requestid", b"").decode("latin-1")
    return {
        "RequestId": request_id,
        "HTTPStatusCode": answer.status,
        "RetryAttempts": exchange.retried,
    }


def _code_and_message(
    answer: HttpAnswer, read: Mapping[str, Any], headers: Mapping[str, str]
) -> tuple[str, str]:
    """As botocore finds them: the type without what says whose it is."""
    if answer.status >= _SERVER_ERROR and not read:
        return str(answer.status), _phrase(answer.status)
    code = str(read.get("__type", answer.status)).partition(":")[0].rpartition("#")[2]
    query_code, _, fault = headers.get("x-amzn-query-error", "").partition(";")
    if query_code and fault and ";" not in fault:
        code = query_code
    message = read.get("message", read.get("Message")) if read else answer.body.decode(errors="replace")
    return code, str(message or "")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _seconds(date: str) -> float | None:
    """A Date header in seconds since the epoch: "Sun, 06 Nov 1994 08:49:37 GMT"."""
    try:
        _, day, month, year, clock, _ = date.split()
        hour, minute, second = clock.split(":")
        numbers = (int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second))
        return datetime(*numbers, tzinfo=UTC).timestamp()
    except ValueError:
        return None
