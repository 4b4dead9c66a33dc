"""What can go wrong with a call. None of these says a secret: neither keys, tokens nor signatures."""

from __future__ import annotations

from typing import Any


class WireError(Exception):
    """A call that has failed. `retried` is how often it was sent again: what it asked for may be done."""

    retried: int = 0


class ConfigurationError(WireError):
    """The environment doesn't say where to call, or says it wrongly."""


class CredentialsError(WireError):
    """There is nothing to sign with."""


class ConnectionFailedError(WireError):
    """There was no whole answer, up to the last try: whether the service did what it was asked is unknown."""


class TimedOutError(ConnectionFailedError, TimeoutError):
    """A connection was not made, or no part of an answer arrived, in time."""


class CorruptAnswerError(ConnectionFailedError):
    """An answer that is not what the service sent: its checksum differs, or it can't be read."""


class ServiceError(WireError):
    """The service's refusal. `response` has the shape of that of botocore's ClientError:

    {"Error": {"Code", "Message"}, "Item": as it stood when a condition failed, "CancellationReasons": [...],
    "ResponseMetadata": {"RequestId", "HTTPStatusCode", "HTTPHeaders", "RetryAttempts"}}
    """

    def __init__(self, operation: str, response: dict[str, Any]) -> None:
        self.response = response
        super().__init__(f"{operation} was refused with {self.code}: {response['Error']['Message']}")

    @property
    def code(self) -> str:
        code: str = self.response["Error"]["Code"]
        return code

    @property
    def status(self) -> int:
        status: int = self.response["ResponseMetadata"]["HTTPStatusCode"]
        return status

    @property
    def retried(self) -> int:
        retried: int = self.response["ResponseMetadata"]["RetryAttempts"]
        return retried

    @retried.setter
    def retried(self, times: int) -> None:
        self.response["ResponseMetadata"]["RetryAttempts"] = times
