"""Which requests a query of the log asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from aws_lambda_powertools.event_handler.openapi.params import Path
from pydantic import Field, StringConstraints

from tollgate.ledger.records import Outcome
from tollgate.request_log.log_filter import LogFilter
from tollgate_admin.web import date_ranges, field_errors, problems
from tollgate_admin.web.wire_types import KeyId, MomentOrDay, QueryModel

_DEFAULT_SPAN = timedelta(days=30)
_MAX_SPAN = timedelta(days=731)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# Clocks differ a little: what comes in now may have been named a moment ahead of this one.
_AHEAD = timedelta(minutes=5)
_REQUEST_ID = field_errors.pattern(r"^req_[0-9a-z]{1,32}$", "is not the id of a request")
RequestId = Annotated[str, StringConstraints(pattern=_REQUEST_ID)]
RequestIdInPath = Annotated[str, Path(pattern=_REQUEST_ID)]
Status = Annotated[
    str,
    StringConstraints(
        pattern=field_errors.pattern(
            r"^[1-5]([0-9]{2}|xx)$", "must be an HTTP status like 429, or a class like 5xx"
        )
    ),
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class LogQuery(QueryModel):
    """Requests by the time that they came in at, and by what became of them.

    A day, of the reporting zone, is all of it; a moment `to` is the first that is too late. `from` is 30 days
    before the end if left out, `to` is now. `provider` is an id or a name; `status` the provider's HTTP
    status, or a class of them like `5xx`. `sessionId` needs `keyId`.
    """

    first: MomentOrDay | None = Field(default=None, alias="from")
    to: MomentOrDay | None = None
    key_id: KeyId | None = None
    model: Text | None = None
    provider: Text | None = None
    outcome: Outcome | None = None
    status: Status | None = None
    streamed: bool | None = None
    session_id: Text | None = None

    def log_filter(self, reporting: ZoneInfo, now: datetime) -> LogFilter:
        """Days are those of the reporting zone. Raises `ProblemError`."""
        if self.session_id is not None and self.key_id is None:
            raise problems.invalid("sessionId", "needs the `keyId` whose session it is")
        latest = now + _AHEAD
        until = latest if self.to is None else date_ranges.end(self.to, reporting)
        since = (
            _usual_beginning(until) if self.first is None else date_ranges.beginning(self.first, reporting)
        )
        if since >= until and self.to is not None:
            raise problems.invalid("from", "must be before the end of `to`")
        if until - since > _MAX_SPAN + _AHEAD:
            raise problems.invalid("from", f"must be at most {_MAX_SPAN.days} days before `to`")
        return LogFilter(
            since=since,
            until=min(until, latest),
            key_id=self.key_id,
            model=self.model,
            provider=self.provider,
            outcome=self.outcome,
            statuses=None if self.status is None else _statuses(self.status),
            streamed=self.streamed,
            session_id=self.session_id,
        )


class PageQuery(LogQuery):
    limit: int = Field(default=50, ge=1, le=200)
    cursor: RequestId | None = None


def _usual_beginning(until: datetime) -> datetime:
    return max(until - _DEFAULT_SPAN, _EARLIEST)


def _statuses(status: str) -> range:
    if status.endswith("xx"):
        first = int(status[0]) * 100
        return range(first, first + 100)
    return range(int(status), int(status) + 1)
