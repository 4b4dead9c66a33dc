"""Where files say that secrets are: the environment, and AWS's Parameter Store."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tollgate_cli.arguments.secret_texts import in_one_line

Reference = Mapping[str, str]


class MissingSecretError(Exception):
    """A secret that isn't where a file says, or can't be read there; the text names the place alone."""


@dataclass
class SecretSources:
    """Reads and stores secrets. None of them is in any text or representation of this."""

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    def read(self, reference: Reference) -> str:
        """Raises `MissingSecretError`."""
        if "env" in reference:
            found = self.environment.get(reference["env"])
            if not found:
                raise MissingSecretError(f"The environment variable {reference['env']} is not set.")
            return in_one_line(found)
        return in_one_line(self._parameter(reference["ssm"], decrypted=True))

    def is_stored(self, parameter: str) -> bool:
        """Whether there is a parameter of that name. Raises `MissingSecretError` if that can't be told."""
        try:
            self._parameter(parameter, decrypted=False)
        except _NoParameterError:
            return False
        return True

    def store(self, parameter: str, secret: str) -> None:
        """Puts a secret where there is none. Raises `MissingSecretError` if it can't be stored."""
        try:
            self._parameter_store.put_parameter(
                Name=parameter, Value=secret, Type="SecureString", Overwrite=False
            )
        except self._faults as error:
            raise MissingSecretError(
                f"The parameter {parameter} can't be stored: {_reason(error)}."
            ) from None

    def _parameter(self, name: str, *, decrypted: bool) -> str:
        try:
            answer = self._parameter_store.get_parameter(Name=name, WithDecryption=decrypted)
        except self._faults as error:
            if _reason(error) == "ParameterNotFound":
                raise _NoParameterError(f"There is no parameter {name} in Parameter Store.") from None
            raise MissingSecretError(f"The parameter {name} can't be read: {_reason(error)}.") from None
        value: str = answer["Parameter"]["Value"]
        return value

    @cached_property
    def _faults(self) -> tuple[type[Exception], ...]:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - only with the extra

        return (BotoCoreError, ClientError)

    @cached_property
    def _parameter_store(self) -> Any:
        try:
            import boto3  # noqa: PLC0415 - only with the extra
        except ImportError:
            message = "Parameter Store needs boto3: install tollgate-cli with the extra `aws`."
            raise MissingSecretError(message) from None
        try:
            return boto3.client("ssm")
        except self._faults as error:
            raise MissingSecretError(f"Parameter Store can't be asked: {_reason(error)}.") from None


class _NoParameterError(MissingSecretError):
    """There is no parameter of that name."""


def _reason(error: Any) -> str:
    """What AWS calls the fault; its message could repeat what was sent."""
    response = getattr(error, "response", None)
    return str(response["Error"]["Code"]) if response else type(error).__name__
