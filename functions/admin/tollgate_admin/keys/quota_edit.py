"""The quota that a body asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tollgate.ledger.quotas import Quota
from tollgate.ledger.windows import Period, Schedule
from tollgate_admin.web import problems

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from tollgate_admin.keys.schemas import QuotaBody

_LAST_START_DAY = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 31}
_BESIDE_LIMIT = {
    "quota_period": "quotaPeriod",
    "quota_zone": "quotaZone",
    "quota_start_day": "quotaStartDay",
    "quota_carry_unused": "quotaCarryUnused",
    "quota_carry_overspend": "quotaCarryOverspend",
}


def edited(quota: Quota, body: QuotaBody) -> Quota:
    """The quota with the settings that a body names; where it counts from is not decided here.

    Raises `ProblemError`.
    """
    named = body.model_fields_set
    if named.isdisjoint({"quota_limit", *_BESIDE_LIMIT}):
        return quota
    limit = body.quota_limit if "quota_limit" in named else quota.limit
    if limit is None:
        for name, field in _BESIDE_LIMIT.items():
            if name in named and getattr(body, name) is not False:
                raise problems.invalid(field, "requires a quotaLimit")
        return replace(quota, limit=None, schedule=None, carries_unused=False, carries_overspend=False)
    return replace(
        quota,
        limit=limit,
        schedule=_schedule(quota.schedule, body),
        carries_unused=_chosen(body, "quota_carry_unused", quota.carries_unused),
        carries_overspend=_chosen(body, "quota_carry_overspend", quota.carries_overspend),
    )


def created(body: QuotaBody, default_limit: Decimal | None, at: datetime) -> Quota:
    """A new key's. Where the body names no limit, it has the default's, by the month, if there is one."""
    none = Quota(at)
    if default_limit is not None and "quota_limit" not in body.model_fields_set:
        none = replace(none, limit=default_limit, schedule=Schedule(Period.MONTH))
    wanted = edited(none, body)
    return none.rescheduled(
        at,
        limit=wanted.limit,
        schedule=wanted.schedule,
        carries_unused=wanted.carries_unused,
        carries_overspend=wanted.carries_overspend,
    )


def _schedule(before: Schedule | None, body: QuotaBody) -> Schedule:
    """A start day says something else of another period, so it doesn't stay when the period changes."""
    before = before or Schedule(Period.MONTH)
    period = _chosen(body, "quota_period", before.period)
    start_day = _chosen(body, "quota_start_day", before.start_day if period is before.period else 1)
    last = _LAST_START_DAY[period]
    if start_day > last:
        raise problems.invalid("quotaStartDay", f"must be at most {last} for the quotaPeriod {period.value}")
    return Schedule(period, _chosen(body, "quota_zone", before.zone), start_day)


def _chosen(body: QuotaBody, name: str, before: Any) -> Any:
    return getattr(body, name) if name in body.model_fields_set else before
