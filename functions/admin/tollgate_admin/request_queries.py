"""Which requests a query of the log asks for."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import Field, PlainValidator, StringConstraints, WithJsonSchema

from tollgate.clock import utc_now
from tollgate.records import Outcome
from tollgate.request_log import Wanted
from tollgate_admin import problems
from tollgate_admin.schemas import Body, KeyId

_DEFAULT_SPAN = timedelta(days=30)
_LONGEST_SPAN = timedelta(days=731)
_DAY = timedelta(days=1)
_YEARS = range(2000, 9999)
# Clocks differ a little: what comes in now may have been named a moment ahead of this one.
_AHEAD = timedelta(minutes=5)
_FORM = re.compile(
    r"\d{4}-\d\d-\d\d(?P<time>T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d))?", re.ASCII | re.IGNORECASE
)


def _bound(value: Any) -> date | datetime:
    """A day, or a moment in UTC."""
    form = _FORM.fullmatch(value) if isinstance(value, str) else None
    try:
        if form is None:
            raise ValueError
        found = datetime.fromisoformat(value.upper()) if form["time"] else date.fromisoformat(value)
    except ValueError:
        message = "should be a date or a time as RFC 3339 has it, like 2026-01-31 or 2026-01-31T23:59:59Z"
        raise ValueError(message) from None
    if found.year not in _YEARS:
        message = f"should be of the years {_YEARS[0]} to {_YEARS[-1]}"
        raise ValueError(message)
    return found.astimezone(UTC) if isinstance(found, datetime) else found


Bound = Annotated[
    date | datetime,
    PlainValidator(_bound),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}
    ),
]
RequestId = Annotated[str, StringConstraints(pattern=r"^req_[0-9a-z]{1,32}$")]
Status = Annotated[str, StringConstraints(pattern=r"^[1-5]([0-9]{2}|xx)$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class LogQuery(Body):
    """Requests by the time that they came in at, and by what became of them.

    A day, in UTC, is all of it; a moment `to` is the first that is too late. `from` is 30 days before the
    end if left out, `to` is now. `provider` is an id or a name; `status` the provider's HTTP status, or a
    class of them like `5xx`.
    """

    first: Bound | None = Field(default=None, alias="from")
    to: Bound | None = None
    key_id: KeyId | None = None
    model: Text | None = None
    provider: Text | None = None
    outcome: Outcome | None = None
    status: Status | None = None
    streamed: bool | None = None

    def wanted(self) -> Wanted:
        """Raises `ProblemError`."""
        latest = utc_now() + _AHEAD
        until = latest if self.to is None else _end(self.to)
        since = _default_start(until) if self.first is None else _start(self.first)
        if since >= until and self.to is not None:
            raise problems.invalid("from", "lies after `to`")
        if until - since > _LONGEST_SPAN + _AHEAD:
            raise problems.invalid("from", f"the span is longer than {_LONGEST_SPAN.days} days")
        return Wanted(
            since=since,
            until=min(until, latest),
            key_id=self.key_id,
            model=self.model,
            provider=self.provider,
            outcome=self.outcome,
            statuses=None if self.status is None else _statuses(self.status),
            streamed=self.streamed,
        )


class PageQuery(LogQuery):
    limit: int = Field(default=50, ge=1, le=200)
    cursor: RequestId | None = None


def _start(bound: date | datetime) -> datetime:
    return bound if isinstance(bound, datetime) else datetime.combine(bound, time(), UTC)


def _end(bound: date | datetime) -> datetime:
    return bound if isinstance(bound, datetime) else datetime.combine(bound, time(), UTC) + _DAY


def _default_start(until: datetime) -> datetime:
    return max(until - _DEFAULT_SPAN, datetime(_YEARS[0], 1, 1, tzinfo=UTC))


def _statuses(status: str) -> range:
    if status.endswith("xx"):
        first = int(status[0]) * 100
        return range(first, first + 100)
    return range(int(status), int(status) + 1)
