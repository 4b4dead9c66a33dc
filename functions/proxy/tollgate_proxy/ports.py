"""What the gateway asks of the outside world. The capabilities' stores answer on AWS, fakes do in tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from tollgate.catalog.catalog import Model, Provider
    from tollgate.gateway_state.idempotency import IdempotencyKey, StoredReply
    from tollgate.gateway_state.stored_responses import StoredResponse
    from tollgate.ledger.admissions import Admission, AdmittedRequest
    from tollgate.ledger.dry_run import DryRun
    from tollgate.ledger.records import LedgerRecord
    from tollgate.ledger.scopes import Scope


class Ledger(Protocol):
    def authenticate(self, key_id: str, secret_hash: str, at: datetime) -> Scope:
        """The key's scope; raises `RefusedError`."""

    def ancestors(self, scope: Scope) -> list[Scope]:
        """Those that a scope is below, the nearest first."""

    def admit(self, admission: Admission) -> AdmittedRequest:
        """Opens holds on the key and its ancestors; raises `RefusedError`."""

    def exchange(self, admitted: AdmittedRequest, admission: Admission) -> AdmittedRequest:
        """Exchanges a request's holds for those that another model needs; raises `NotExchangedError`."""

    def release(self, admitted: AdmittedRequest, at: datetime) -> None:
        """Closes the holds of a request that leaves no record."""

    def dry_run(self, admission: Admission) -> DryRun:
        """What `admit` would come to now; writes nothing."""

    def begin_settlement(self, admitted: AdmittedRequest, record: LedgerRecord) -> Settlement:
        """Records a request, and sends what charges its scopes, once however often it is called."""


class Settlement(Protocol):
    @property
    def record(self) -> LedgerRecord:
        """The request's record as it was put: what packs have paid, and what is metered beyond a quota."""

    @property
    def expected(self) -> Sequence[Scope]:
        """The scopes from the key up as they are after the charge, but for what others change meanwhile."""

    def finish(self) -> object:
        """Waits until all scopes are charged."""


class Catalog(Protocol):
    def model(self, name: str, /) -> Model | None: ...

    def provider(self, provider_id: str) -> Provider | None: ...

    def models(self) -> Iterable[Model]: ...


class WholeCatalog(Catalog, Protocol):
    """One that can be read ahead, by models' own names; a catalog knows them by their aliases, too."""

    def aliased(self, alias: str) -> str | None:
        """The system name of the model that has an alias."""

    def wildcards(self) -> list[str]:
        """The names of the models that stand for others."""

    def of_wildcard(self, wildcard: Model, name: str) -> Model:
        """The model of that name, which a wildcard stands for, maybe without a price."""

    def all_of_wildcard(self, wildcard: Model) -> Iterable[Model]:
        """Those that a wildcard is known to stand for."""

    def providers(self) -> Iterable[Provider]: ...


class Metrics(Protocol):
    def count(self, metrics: Mapping[str, float], **properties: str | int | bool) -> None:
        """Figures by metric, for alarms and the dashboard; what the properties say can be searched for."""


class Credentials(Protocol):
    def secret_of(self, provider: Provider) -> str:
        """The provider's API key."""


class Responses(Protocol):
    def keep(self, response: StoredResponse) -> None: ...

    def find(self, response_id: str) -> StoredResponse | None: ...

    def forget(self, response_id: str) -> None: ...


class Conversations(Protocol):
    """Which model serves a conversation."""

    def model_of(self, name: str, at: datetime) -> str | None:
        """The model that serves it, None if it hasn't begun, or has expired."""

    def begin(self, name: str, model: str, at: datetime) -> str:
        """Has it served by a model from now on; returns the one that serves it already, if one does."""


class Replies(Protocol):
    """Answers to requests that their clients have named."""

    def begin(self, idempotency_key: IdempotencyKey, at: datetime) -> StoredReply | None:
        """The answer that there is already, None if the request is to be served now.

        Raises `RefusedError` while another one of that name is served, or if it was another request.
        """

    def keep(self, idempotency_key: IdempotencyKey, answer: StoredReply, at: datetime) -> None:
        """Keeps an answer for a while, unless it is too large, or the request was given up."""

    def forget(self, idempotency_key: IdempotencyKey) -> None:
        """Lets a request be served anew that has failed."""
