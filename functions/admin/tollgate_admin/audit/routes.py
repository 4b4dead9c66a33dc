"""The audit log: who changed what, with the values before and after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import AfterValidator, Field, StringConstraints

from tollgate.audit.entry import Change
from tollgate.audit.store.audit_table import AuditSearch
from tollgate.clock import from_rfc3339
from tollgate_admin.composition import services_of
from tollgate_admin.web import date_ranges, field_errors, problems
from tollgate_admin.web.wire_types import Moment, MomentOrDay, Page, QueryModel, View

router = APIGatewayRouter()

_DEFAULT_SPAN = timedelta(days=365)
_CLOCK_SKEW = timedelta(minutes=1)
_KEY = "key_"

Entity = Annotated[
    str,
    StringConstraints(
        pattern=field_errors.pattern(
            r"^((key|adm)_[0-9A-Za-z]{16}|(prv|mdl)_[0-9a-f]{20}|[a-z]{1,32})$",
            "must be an id, or the name of a group of settings like `alerts`",
        )
    ),
]


def _place(cursor: str) -> str:
    from_rfc3339(cursor.partition("#")[0])
    return cursor


Cursor = Annotated[
    str,
    StringConstraints(
        pattern=field_errors.pattern(
            r"^2[0-9]{3}-[01][0-9]-[0-3][0-9]T[0-9:.]{12}Z#chg_[0-9a-f]{20}$", "is not a cursor of this list"
        )
    ),
    AfterValidator(_place),
]


class ChangeView(View):
    """A change. `before` and `after` hold the fields that differ.

    `entityName` is the present name of a key; null for whatever else was changed, and for a key that is gone.
    """

    id: str
    entity: str
    entity_name: str | None
    actions: list[str]
    actor: str
    actor_name: str
    at: Moment
    request_id: str | None
    before: dict[str, Any]
    after: dict[str, Any]

    @classmethod
    def of(cls, change: Change, names: Mapping[str, str]) -> Self:
        return cls(
            id=change.id,
            entity=change.entity,
            entity_name=names.get(change.entity),
            actions=list(change.actions),
            actor=change.actor,
            actor_name=change.actor_name,
            at=change.at,
            request_id=change.request_id,
            before=dict(change.before),
            after=dict(change.after),
        )


class AuditQuery(QueryModel):
    """Which changes: of one entity (`alerts` is the alerts' defaults) or of all, of what time, by whom.

    `from` and `to` are moments, `to` itself left out, or days of the reporting zone, both included. Without
    `entity`, `from` is a year before `to` if left out.
    """

    entity: Entity | None = None
    since: MomentOrDay | None = Field(default=None, alias="from")
    to: MomentOrDay | None = None
    actor: Annotated[str, StringConstraints(min_length=1, max_length=260)] | None = None
    action: (
        Annotated[
            str,
            StringConstraints(
                pattern=field_errors.pattern(
                    r"^[a-zA-Z]+\.[a-zA-Z]+$", "must be an action like `key.create`"
                ),
                max_length=64,
            ),
        ]
        | None
    ) = None
    limit: int = Field(default=50, ge=1, le=200)
    cursor: Cursor | None = None

    def search(self, reporting: ZoneInfo, now: datetime) -> AuditSearch:
        """Raises `ProblemError`. Nothing was changed later than now, but by a clock that is ahead."""
        latest = now + _CLOCK_SKEW
        until = latest if self.to is None else min(date_ranges.end(self.to, reporting), latest)
        since = None if self.since is None else date_ranges.beginning(self.since, reporting)
        if since is None and self.entity is None:
            since = until - _DEFAULT_SPAN
        if since is not None and self.to is not None and since >= date_ranges.end(self.to, reporting):
            raise problems.invalid("from", "must be before the end of `to`")
        return AuditSearch(self.entity, since, until, self.actor, self.action)


@router.get("/audit")
def list_changes(request: Request, query: Annotated[AuditQuery, Query()]) -> Page[ChangeView]:
    """List changes, newest first. A page may be short or empty even if there is a `nextCursor`.

    A key's change that a crash kept out of the audit log is added when that key's changes are listed or the
    key is next edited; until then, lists of all entities lack it.
    """
    services = services_of(request)
    if query.entity is not None and query.entity.startswith(_KEY):
        services.keys.append_audit(query.entity)
    wanted = query.search(services.settings.reporting_zone, services.clock())
    found, following = services.audit.search(wanted, size=query.limit, after=query.cursor)
    names = services.keys.names({each.entity for each in found if each.entity.startswith(_KEY)})
    return Page[ChangeView](data=[ChangeView.of(change, names) for change in found], next_cursor=following)
