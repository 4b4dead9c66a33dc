"""The request log: which of the ledger's records somebody asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tollgate.catalog import catalog
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.ledger.records import Outcome


class LogEntry(NamedTuple):
    """What of a record decides whether it is asked for."""

    request_id: str
    key_id: str
    model: str
    provider_id: str | None
    outcome: str
    http_status: int | None
    streamed: bool
    session_id: str | None = None


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Requests that came in from `since` until just before `until`.

    Of each filter None lets everything pass. `provider` is an id or a name, `statuses` are a provider's HTTP
    statuses: a request without one is of none. A session is looked for among a key's requests alone: the
    index of all keys' hasn't got it.
    """

    since: datetime
    until: datetime
    key_id: str | None = None
    model: str | None = None
    provider: str | None = None
    outcome: Outcome | None = None
    statuses: range | None = None
    streamed: bool | None = None
    session_id: str | None = None

    def matches(self, entry: LogEntry) -> bool:
        """By the filters alone: whoever reads reads the span, and that key's requests."""
        return (
            self.model in {None, entry.model}
            and self.outcome in {None, entry.outcome}
            and self.streamed in {None, entry.streamed}
            and self.session_id in {None, entry.session_id}
            and (self.statuses is None or entry.http_status in self.statuses)
            and (
                self.provider is None
                or entry.provider_id in {self.provider, catalog.provider_id(self.provider)}
            )
        )
