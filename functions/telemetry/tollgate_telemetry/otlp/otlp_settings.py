"""What is sent where: signals, receivers and their headers, from Parameter Store.

The deployment writes what template parameters say into one of its own, because a version's description, by
which a changed value makes a version, holds too little. Headers are secrets, which an operator puts into
SecureStrings: `headers` for the receiver of `OtlpEndpoint`, `metrics-headers` for that of
`OtlpMetricsEndpoint`, so that neither sees the other's. They are written as OTEL_EXPORTER_OTLP_HEADERS is:
https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from aws_wire.errors import ServiceError
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_ssm import SSMClient

# In seconds: how long a changed parameter may take to be noticed.
_REMEMBERED: Final = 60.0
_HEADERS, _METRICS_HEADERS = "headers", "metrics-headers"
# https://datatracker.ietf.org/doc/html/rfc9110#name-field-names and, of values, what no header may hold.
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")


@dataclass(frozen=True, slots=True)
class Destination:
    """A receiver of one signal: the whole URL that is posted to, and what besides the body it wants."""

    url: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OtlpSettings:
    """`traces` and `metrics` are None where the signal isn't sent.

    `follows_parent` is whether a call leaves no span whose client doesn't record its own trace, `has_owners`
    whether spans name keys' owners, `is_delta` whether a metric's points are what was added since the last
    one, and `resource` are attributes of everything that is sent.
    """

    traces: Destination | None
    metrics: Destination | None
    follows_parent: bool
    has_owners: bool
    is_delta: bool
    resource: Mapping[str, str]


class KnownSettings:
    """`clock` is in seconds."""

    def __init__(self, client: SSMClient, parameter: str, prefix: str, clock: Callable[[], float]) -> None:
        self._client, self._parameter, self._prefix, self._clock = client, parameter, prefix, clock
        self._known: OtlpSettings | None = None
        self._read_at = 0.0

    def current(self) -> OtlpSettings:
        """Raises `ServiceError` if they can't be read, and `ValueError` if they are none."""
        now = self._clock()
        if self._known is None or now >= self._read_at + _REMEMBERED:
            self._known, self._read_at = self._read(), now
        return self._known

    def forget(self) -> None:
        """Has them read anew, as where a receiver doesn't take the headers any more."""
        self._known = None

    def _read(self) -> OtlpSettings:
        told: dict[str, str] = json.loads(self._value(self._parameter))
        signals = told["signals"].split(",")
        apart = told["metricsEndpoint"]
        traces = metrics = None
        if "traces" in signals:
            traces = self._destination(told["endpoint"], "traces", _HEADERS)
        if "metrics" in signals:
            name = _METRICS_HEADERS if apart else _HEADERS
            metrics = self._destination(apart or told["endpoint"], "metrics", name)
        return OtlpSettings(
            traces=traces,
            metrics=metrics,
            follows_parent=told["sampler"] == "parentbased_always_on",
            has_owners=told["owners"] == "on",
            is_delta=told["temporality"] == "delta",
            resource={
                "deployment.environment.name": told["stage"],
                **dict(_pair(each) for each in told["resource"].split(",") if each),
            },
        )

    def _destination(self, endpoint: str, signal: str, headers: str) -> Destination:
        """As OpenTelemetry's own exporters make URLs of OTEL_EXPORTER_OTLP_ENDPOINT."""
        return Destination(f"{endpoint.rstrip('/')}/v1/{signal}", self._headers(f"{self._prefix}/{headers}"))

    def _headers(self, parameter: str) -> dict[str, str]:
        try:
            return headers_of(self._value(parameter))
        except ServiceError as error:
            if error.code == "ParameterNotFound":
                return {}
            raise

    def _value(self, name: str) -> str:
        value: str = self._client.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
        return value


def headers_of(text: str) -> dict[str, str]:
    """Raises ValueError, which doesn't repeat what it is about: it is a secret."""
    headers = dict(_pair(each) for each in text.split(",") if each.strip())
    if not all(_NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in headers.items()):
        raise ValueError("A receiver's headers are not written as name=value,name=value")
    return headers


def _pair(text: str) -> tuple[str, str]:
    """Values may be percent-encoded, and must be where they hold a comma."""
    name, _, value = text.partition("=")
    return name.strip(), unquote(value.strip())
