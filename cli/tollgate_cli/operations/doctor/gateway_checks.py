"""Whether a gateway answers, how fast, with which certificate, clock and version: what needs no token."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import httpx

from tollgate_cli.operations.doctor.check_results import Check, fail, not_checked, ok, warn
from tollgate_cli.output.failures import CommandError, ExitCode
from tollgate_client import VERSION, answer_bodies
from tollgate_client.network import connected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate_cli.operations.doctor.check_results import Result

_UNREACHED = "the gateway can't be reached"
_TIMEOUT_SECONDS = 15
_MOST_BYTES = 262_144
_REQUESTS = 3
_SLOW_SECONDS = 1.0
_CERTIFICATE_DAYS = 14
# A Date header has whole seconds, and an answer is on its way for a while.
_SKEW = timedelta(seconds=3)
# From then on AWS refuses signatures, and issuers' tokens are too old or not yet valid.
_HARMFUL_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Presence:
    """What /health said. `seconds` is the fastest of a few answers.

    `clock_ahead` is how far this machine's clock is ahead; None if the answer had no Date.
    `certificate_ends` is None where the connection has no certificate, or doesn't say.
    """

    status: int
    said: dict[str, Any]
    seconds: float
    clock_ahead: timedelta | None
    certificate_ends: datetime | None


@dataclass
class GatewayChecks:
    """Of the gateway at `url`, without a slash at its end. `transport` stands in for the network in tests."""

    url: str
    transport: httpx.BaseTransport | None = None

    def all(self) -> list[Check]:
        return [
            Check("gateway", "reachable", self.reachable),
            Check("gateway", "encryption", self.encryption),
            Check("gateway", "latency", self.latency),
            Check("gateway", "clock", self.clock),
            Check("gateway", "version", self.version),
            Check("gateway", "console", self.console),
        ]

    def reachable(self) -> Iterator[Result]:
        found = self._asked_once
        if isinstance(found, CommandError):
            yield fail(found.message, "Nothing else can be asked of it.", found.details[0])
            return
        if found.said.get("service") != "tollgate":
            meaning = "The URL is another program's, or a proxy stands before the gateway."
            yield fail(
                f"{self.url} answers {found.status}, but isn't Tollgate", meaning, "tollgate login --url URL"
            )
        else:
            yield ok(f"{self.url} answers")

    def encryption(self) -> Iterator[Result]:
        url = httpx.URL(self.url)
        if url.scheme == "http":
            if _is_loopback(url.host):
                yield ok("not needed on this machine")
            else:
                meaning = "Tokens, keys and prompts can be read on their way."
                yield fail("connections aren't encrypted", meaning, "tollgate login --url https://…")
            return
        ends = self.presence.certificate_ends
        if ends is None:
            yield ok("the certificate is valid")
            return
        days = (ends - datetime.now(UTC)).days
        if days < _CERTIFICATE_DAYS:
            meaning = "Clients refuse the gateway from then on."
            yield warn(f"the certificate is valid for {days} more days only", meaning)
        else:
            yield ok(f"the certificate is valid until {ends:%Y-%m-%d}")

    def latency(self) -> Iterator[Result]:
        seconds = self.presence.seconds
        found = f"{seconds * 1000:.0f} ms"
        if seconds > _SLOW_SECONDS:
            yield warn(
                found, "Each call waits at least as long. Is the region far, the proxy's memory small?"
            )
        else:
            yield ok(found)

    def clock(self) -> Iterator[Result]:
        ahead = self.presence.clock_ahead
        if ahead is None:
            yield not_checked("the answer has no Date")
        else:
            yield clock_result(ahead, "the gateway's")

    def version(self) -> Iterator[Result]:
        yield version_result(self.presence.said.get("version"))

    def console(self) -> Iterator[Result]:
        _ = self.presence
        with self._client() as client:
            answer, _ = _asked(client, f"{self.url}/console/")
        if answer.status_code == httpx.codes.NOT_FOUND:
            yield ok("the stack has none (parameter Console)")
        elif answer.is_success and "html" in answer.headers.get("content-type", ""):
            yield ok(f"{self.url}/console/")
        else:
            yield fail(f"answers {answer.status_code}", "Nobody can use it. See the console function's log.")

    @property
    def presence(self) -> Presence:
        """Asked for once. Raises `CommandError` if the gateway can't be reached; its detail may mend it."""
        if isinstance(self._asked_once, CommandError):
            raise CommandError(_UNREACHED, ExitCode.UNREACHABLE) from self._asked_once
        return self._asked_once

    @cached_property
    def _asked_once(self) -> Presence | CommandError:
        try:
            return self._ask()
        except CommandError as error:
            return error

    def _ask(self) -> Presence:
        url = f"{self.url}/health"
        with self._client() as client:
            timed = [_timed(client, url) for _ in range(_REQUESTS)]
        answer, ends, _ = timed[-1]
        return Presence(
            status=answer.status_code,
            said=_json(answer),
            seconds=min(seconds for _, _, seconds in timed),
            clock_ahead=_ahead_of(answer.headers.get("date")),
            certificate_ends=ends,
        )

    def _client(self) -> httpx.Client:
        headers = {"User-Agent": f"tollgate-cli/{VERSION}"}
        return connected(transport=self.transport, timeout=_TIMEOUT_SECONDS, headers=headers)


def clock_result(ahead: timedelta, whose: str) -> Result:
    """Of this machine's clock: how far it is `ahead` of another's."""
    off = abs(ahead)
    if off <= _SKEW:
        return ok("this machine's clock is right")
    side = "ahead of" if ahead > timedelta(0) else "behind"
    found = f"this machine's clock is {off.total_seconds():.0f} seconds {side} {whose}"
    mend = "sudo timedatectl set-ntp true"
    if off > _HARMFUL_SKEW:
        return fail(found, "AWS refuses what is signed by it, and signing in by an issuer fails.", mend)
    return warn(found, "The ledger's commands refuse to run: calls in flight would look like drift.", mend)


def version_result(deployed: str | None) -> Result:
    """Of the gateway beside this command line's own."""
    if deployed is None:
        return warn("the gateway doesn't say its version", "It is older than 0.1.0, or isn't Tollgate.")
    if deployed == VERSION:
        return ok(f"{deployed}, as this command line")
    found = f"the gateway has {deployed}, this command line {VERSION}"
    meaning = "Commands may ask for what the other doesn't know."
    if _numbers(deployed) > _numbers(VERSION):
        return warn(found, meaning, "git pull && uv tool install --reinstall ./cli")
    return warn(found, meaning, "make deploy ENV=prod")


def _timed(client: httpx.Client, url: str) -> tuple[httpx.Response, datetime | None, float]:
    """`_asked`, and how many seconds it took."""
    begun = time.monotonic()
    answer, ends = _asked(client, url)
    return answer, ends, time.monotonic() - begun


def _asked(client: httpx.Client, url: str) -> tuple[httpx.Response, datetime | None]:
    """The answer, and how long the certificate is valid of the connection that it came by."""
    try:
        answer = client.send(client.build_request("GET", url), stream=True)
        ends = _certificate_end(answer)
        return answer_bodies.whole(answer, _MOST_BYTES, _TIMEOUT_SECONDS), ends
    except httpx.TransportError as error:
        host = httpx.URL(url).netloc.decode("ascii")
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            message = f"{host} has no certificate that this machine trusts"
            raise CommandError(
                message, ExitCode.UNREACHABLE, [f"openssl s_client -connect {host}"]
            ) from error
        said = (
            "did not answer in time"
            if isinstance(error, httpx.TimeoutException)
            else f"can't be reached: {error}"
        )
        raise CommandError(f"{host} {said}", ExitCode.UNREACHABLE, [f"curl -v {url}"]) from error


def _certificate_end(answer: httpx.Response) -> datetime | None:
    stream = answer.extensions.get("network_stream")
    secured = stream.get_extra_info("ssl_object") if stream is not None else None
    certificate = secured.getpeercert() if secured is not None else None
    if not certificate or "notAfter" not in certificate:
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)


def _ahead_of(date: str | None) -> timedelta | None:
    try:
        said = parsedate_to_datetime(date or "")
    except ValueError:
        return None
    # "-0000" is UTC, too, of a place that isn't told.
    return datetime.now(UTC) - (said if said.tzinfo else said.replace(tzinfo=UTC))


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        content = answer_bodies.value(answer.content)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("."))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
