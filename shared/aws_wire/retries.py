"""Which failures are tried again, after how long, and how many in all: as botocore's standard mode has it.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from __future__ import annotations

import random
import threading
from enum import Enum

from aws_wire.errors import ConnectionFailedError, ServiceError, WireError

_TRANSIENT_CODES = frozenset(
    {
        "InternalServerError",
        "PriorRequestNotComplete",
        "ReplicatedWriteConflictException",
        "RequestTimeout",
        "RequestTimeoutException",
    }
)
_TRANSIENT_STATUSES = frozenset({500, 502, 503, 504})
_THROTTLING_CODES = frozenset(
    {
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
_TOO_MANY_REQUESTS = 429

# Seconds. A pause lies anywhere between nothing and base * 2 ** retries.
_THROTTLING_BASE = 1.0
_TRANSIENT_BASES = {"dynamodb": 0.025}
_TRANSIENT_BASE = 0.05
_MAX_PAUSE = 20.0
# How far beyond its own pause a client follows the service's x-amz-retry-after.
_MAX_WISH = 5.0


class Kind(Enum):
    """Why a failure may be over by the next try; the value is what a retry takes from the quota."""

    TRANSIENT = 14
    THROTTLING = 5


def kind_of(error: WireError) -> Kind | None:
    """None for what another try wouldn't change."""
    if isinstance(error, ConnectionFailedError):
        return Kind.TRANSIENT
    if not isinstance(error, ServiceError):
        return None
    if error.code in _THROTTLING_CODES:
        return Kind.THROTTLING
    if error.code in _TRANSIENT_CODES or error.status in _TRANSIENT_STATUSES:
        return Kind.TRANSIENT
    return Kind.THROTTLING if error.status == _TOO_MANY_REQUESTS else None


def pause(service: str, kind: Kind, retries: int, error: WireError) -> float:
    """Seconds before a request is sent again that was retried so many times."""
    base = _THROTTLING_BASE if kind is Kind.THROTTLING else _TRANSIENT_BASES.get(service, _TRANSIENT_BASE)
    own = random.random() * min(base * (1 << retries), _MAX_PAUSE)  # noqa: S311 - spreads load, guards nothing
    wish = ""
    if isinstance(error, ServiceError):
        wish = error.response["ResponseMetadata"]["HTTPHeaders"].get("x-amz-retry-after", "")
    if not wish.isdecimal():
        return own
    return max(own, min(int(wish) / 1000, own + _MAX_WISH))


class Quota:
    """Retries that a client has left, all requests together: a service that is down is not asked four times
    as often. Successes give back what their retries took, or a little.
    """

    _CAPACITY = 500

    def __init__(self) -> None:
        self._left = self._CAPACITY
        self._lock = threading.Lock()

    def acquire(self, kind: Kind) -> bool:
        with self._lock:
            if kind.value > self._left:
                return False
            self._left -= kind.value
            return True

    def release(self, kind: Kind | None) -> None:
        """After a success, `kind` being that of its last retry."""
        if self._left == self._CAPACITY:
            return
        with self._lock:
            self._left = min(self._left + (kind.value if kind else 1), self._CAPACITY)
