"""Credentials from the environment, or from the endpoint that Lambda gives a function with SnapStart.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

from __future__ import annotations

import json
import logging
import math
import re
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aws_wire import connection
from aws_wire.endpoints import origin_of
from aws_wire.errors import CredentialsError, WireError
from aws_wire.signatures import Credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_wire.endpoints import Origin

logger = logging.getLogger(__name__)

# Seconds before the end of credentials: from here on one caller gets new ones ...
ADVISORY = 15 * 60
# ... and from here on all others wait for them.
MANDATORY = 10 * 60
# Seconds before the endpoint is asked again that has just failed, as long as there is something to sign with.
PATIENCE = 10

_RELATIVE, _FULL = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"
_TOKEN, _TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
_CONTAINER = "http://169.254.170.2"
# Whom the token is sent to without TLS: this machine, and the agents of ECS and EKS.
_HOSTS = re.compile(r"localhost|127(\.\d{1,3}){3}|::1|169\.254\.170\.23?|fd00:ec2::23")
_TIMEOUT = 2.0
_TRIES = 3
_BETWEEN_TRIES = 1.0
_OK = 200


class CredentialSource:
    """Credentials that are fetched when they are first needed, and renewed before they end.

    One thread does so for all.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._environment = environment
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._current: Credentials | None = None
        self._ends = self._renew_at = -math.inf

    def current(self) -> Credentials:
        """Raises CredentialsError if there are none, or none that still hold."""
        now = self._clock()
        current = self._current
        if current is None or now >= self._renew_at:
            return self._renewed(current, now)
        return current

    def renew(self, refused: Credentials) -> bool:
        """Whether there are others in the place of those that the service says have expired."""
        with self._lock:
            if self._current is refused:
                try:
                    self._load()
                except WireError:
                    return False
            current = self._current
        return current is not None and (current.access_key_id, current.token) != (
            refused.access_key_id,
            refused.token,
        )

    def forget(self) -> None:
        with self._lock:
            self._current = None
            self._ends = self._renew_at = -math.inf

    def _renewed(self, seen: Credentials | None, now: float) -> Credentials:
        if not self._lock.acquire(blocking=seen is None or now >= self._ends - MANDATORY):
            return seen  # type: ignore[return-value]  # somebody else is at it, and these hold
        try:
            current = self._current
            if current is not None and now < self._renew_at:
                return current  # somebody else's, meanwhile
            return self._try_to_load(current, now)
        finally:
            self._lock.release()

    def _try_to_load(self, current: Credentials | None, now: float) -> Credentials:
        try:
            return self._load()
        except WireError as error:
            if current is None or now >= self._ends:
                raise
            self._renew_at = now + PATIENCE
            logger.warning("Credentials could not be renewed, the old ones go on: %s", error)
            return current

    def _load(self) -> Credentials:
        environment = self._environment
        if environment.get("AWS_ACCESS_KEY_ID"):
            loaded, ends = _of_environment(environment), math.inf
        elif environment.get(_RELATIVE) or environment.get(_FULL):
            loaded, ends = self._fetch()
        else:
            raise CredentialsError("The environment has neither an access key nor a container's endpoint")
        self._current, self._ends, self._renew_at = loaded, ends, ends - ADVISORY
        return loaded

    def _fetch(self) -> tuple[Credentials, float]:
        """From the container's endpoint: the credentials, and when they end in seconds since the epoch."""
        origin, request = _request(self._environment)
        ca_bundle = self._environment.get("AWS_CA_BUNDLE") or None
        for _ in range(_TRIES - 1):
            try:
                return _ask(origin, request, self._clock(), ca_bundle)
            except WireError:
                self._sleep(_BETWEEN_TRIES)
        return _ask(origin, request, self._clock(), ca_bundle)


def _of_environment(environment: Mapping[str, str]) -> Credentials:
    secret = environment.get("AWS_SECRET_ACCESS_KEY")
    if not secret:
        raise CredentialsError("AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY")
    token = environment.get("AWS_SESSION_TOKEN") or environment.get("AWS_SECURITY_TOKEN")
    return Credentials(environment["AWS_ACCESS_KEY_ID"], secret, token or None)


def _request(environment: Mapping[str, str]) -> tuple[Origin, bytes]:
    origin, path = _endpoint(environment)
    lines = [f"GET {path} HTTP/1.1", f"Host: {origin.host_header}", "Accept: application/json"]
    token = _authorization(environment)
    if token:
        lines.append(f"Authorization: {token}")
    return origin, "\r\n".join([*lines, "Connection: close", "", ""]).encode()


def _ask(origin: Origin, request: bytes, now: float, ca_bundle: str | None) -> tuple[Credentials, float]:
    asking = connection.connect(origin, _TIMEOUT, _TIMEOUT, ca_bundle)
    try:
        asking.send(request)
        answer = asking.receive()
    finally:
        asking.close()
    if answer.status != _OK:
        raise CredentialsError(f"The container's endpoint answered {answer.status}")
    read = _read(answer.body)
    if read is None:
        raise CredentialsError("The container's endpoint answered no credentials")
    if read[1] <= now:
        raise CredentialsError("The container's endpoint answered credentials that have ended")
    return read


def _endpoint(environment: Mapping[str, str]) -> tuple[Origin, str]:
    relative = environment.get(_RELATIVE)
    origin, path = origin_of(f"{_CONTAINER}{relative}" if relative else environment[_FULL])
    if not (origin.tls or _HOSTS.fullmatch(origin.host)):
        raise CredentialsError("The container's endpoint is neither on this machine nor one of AWS's")
    return origin, path


def _authorization(environment: Mapping[str, str]) -> str:
    file = environment.get(_TOKEN_FILE)
    token = _text_of(file) if file else environment.get(_TOKEN, "")
    if token is None or not (token.isascii() and token.isprintable()):
        raise CredentialsError("The authorization token for the container's endpoint can't be read or sent")
    return token


def _text_of(file: str) -> str | None:
    """None, instead of an error that would hold what was read."""
    from pathlib import Path  # noqa: PLC0415 - no function has such a file

    try:
        return Path(file).read_text()
    except (OSError, ValueError):
        return None


def _read(body: bytes) -> tuple[Credentials, float] | None:
    """None, instead of an error that would hold what couldn't be read: there may be secrets in it."""
    try:
        answer: Any = json.loads(body)
        ends = datetime.fromisoformat(answer["Expiration"])
        loaded = Credentials(answer["AccessKeyId"], answer["SecretAccessKey"], answer["Token"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, CredentialsError):
        return None
    return loaded, ends.replace(tzinfo=ends.tzinfo or UTC).timestamp()
