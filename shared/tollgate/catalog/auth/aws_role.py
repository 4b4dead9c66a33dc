"""Whom AWS takes the function for that asks: its role, by the credentials that Lambda gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_wire import endpoints
from aws_wire.credentials import CredentialSource
from aws_wire.errors import WireError
from aws_wire.request_signatures import Signing
from tollgate.catalog.provider_auth import NoTokenError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class AwsRole:
    """`environment` is AWS's own variables, which are read when they are needed."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._source = CredentialSource(environment)

    def region(self) -> str:
        """Where the function is; raises `NoTokenError`."""
        try:
            return endpoints.region(self._environment)
        except WireError as error:
            raise NoTokenError(str(error)) from error

    def signing(self, region: str, service: str, at: datetime) -> Signing:
        """To sign a request with. The credentials hold for ten minutes or longer. Raises `NoTokenError`."""
        try:
            return Signing(self._source.current(), region, service, at)
        except WireError as error:
            raise NoTokenError(f"The function has no credentials: {error}") from error
