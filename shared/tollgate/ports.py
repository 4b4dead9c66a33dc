"""What the gateway asks of the outside world. `tollgate.adapters` answers on AWS, fakes do in tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tollgate.admissions import Admission, Admitted
    from tollgate.catalog import Model, Provider
    from tollgate.records import LedgerRecord
    from tollgate.scopes import Scope


class Ledger(Protocol):
    def authenticate(self, key_id: str, secret_hash: str, at: datetime) -> Scope:
        """The key's scope; raises `RefusedError`."""

    def admit(self, admission: Admission) -> Admitted:
        """Opens holds on the key and its ancestors; raises `RefusedError`."""

    def settle(self, admitted: Admitted, record: LedgerRecord) -> Scope | None:
        """Records and charges a request, once however often it is called."""


class Catalog(Protocol):
    def model(self, system_name: str) -> Model | None: ...

    def provider(self, provider_id: str) -> Provider | None: ...

    def models(self) -> Iterable[Model]: ...


class Credentials(Protocol):
    def of(self, provider: Provider) -> str:
        """The provider's API key."""
