"""Providers' API keys, in SSM Parameter Store as SecureStrings."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from aws_wire.errors import ServiceError
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_ssm import SSMClient

    from tollgate.catalog.catalog import Provider


@dataclass(frozen=True, slots=True)
class Credentials:
    """Reads and writes providers' keys. Read ones stay in memory until the catalog names a newer version."""

    client: SSMClient
    prefix: str
    key: str | None = None
    """The KMS key that encrypts those that are written; AWS's own if it is None."""
    _known: dict[tuple[str, datetime, int], str] = field(default_factory=dict, repr=False)

    def store(self, provider_id: str, secret: str) -> int:
        """Writes a provider's key; returns its version."""
        encryption: Any = {} if self.key is None else {"KeyId": self.key}
        answer = self.client.put_parameter(
            Name=self._name(provider_id), Value=secret, Type="SecureString", Overwrite=True, **encryption
        )
        return answer["Version"]

    def secret_of(self, provider: Provider) -> str:
        """The provider's key: of all that were ever stored, that of the version which the catalog names."""
        # One that is deleted and created again begins again with the first version.
        known = (provider.id, provider.created_at, provider.credential_version)
        if known not in self._known:
            versioned = f"{self._name(provider.id)}:{provider.credential_version}"
            answer = self.client.get_parameter(Name=versioned, WithDecryption=True)
            self._known[known] = answer["Parameter"]["Value"]
        return self._known[known]

    def remove(self, provider_id: str) -> None:
        """Deletes a provider's key, in all its versions, if it has one."""
        try:
            self.client.delete_parameter(Name=self._name(provider_id))
        except ServiceError as error:
            if error.code != "ParameterNotFound":
                raise

    def _name(self, provider_id: str) -> str:
        return f"{self.prefix}/{provider_id}"
