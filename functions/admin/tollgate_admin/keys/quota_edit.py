"""The quota that a body asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic.alias_generators import to_camel

from tollgate.ledger.key_settings import QUOTA_SETTINGS, SCHEDULE_SETTINGS
from tollgate.ledger.quotas import NO_QUOTA, Quota, QuotaSettings
from tollgate.ledger.windows import Period, Schedule
from tollgate_admin.web import problems

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.key_settings import Setting
    from tollgate_admin.keys.schemas import QuotaBody

_LAST_START_DAY = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 31}


def edited(quota: Quota, body: QuotaBody) -> Quota:
    """The quota with the settings that a body names; where it counts from is not decided here.

    Raises `ProblemError`.
    """
    named = [setting for setting in QUOTA_SETTINGS if setting.wire in body.model_fields_set]
    if not named:
        return quota
    chosen = {
        setting.part: _chosen(body, setting.wire, getattr(quota, setting.part))
        for setting in QUOTA_SETTINGS
        if setting not in SCHEDULE_SETTINGS
    }
    if chosen["limit"] is None:
        _require_nothing_chosen(named, body)
        return quota.resettled(NO_QUOTA)
    return quota.resettled(QuotaSettings(schedule=_schedule(quota.schedule, body), **chosen))


def created(body: QuotaBody, default_limit: Decimal | None, at: datetime) -> Quota:
    """A new key's. Where the body names no limit, it has the default's, by the month, if there is one."""
    none = Quota(at)
    if default_limit is not None and "quota_limit" not in body.model_fields_set:
        none = replace(none, limit=default_limit, schedule=Schedule(Period.MONTH))
    return none.rescheduled(at, edited(none, body))


def _require_nothing_chosen(named: Iterable[Setting], body: QuotaBody) -> None:
    """Raises `ProblemError` for what only a quota can have."""
    for setting in named:
        if getattr(body, setting.wire) not in {None, False}:
            raise problems.invalid(to_camel(setting.wire), "requires a quotaLimit")


def _schedule(before: Schedule | None, body: QuotaBody) -> Schedule:
    """A start day says something else of another period, so it doesn't stay when the period changes."""
    usual = Schedule(Period.MONTH)
    before = before or usual
    period = _chosen(body, "quota_period", before.period) or usual.period
    kept = before.start_day if period is before.period else usual.start_day
    start_day = _chosen(body, "quota_start_day", kept) or usual.start_day
    last = _LAST_START_DAY[period]
    if start_day > last:
        raise problems.invalid("quotaStartDay", f"must be at most {last} for the quotaPeriod {period.value}")
    return Schedule(period, _chosen(body, "quota_zone", before.zone) or usual.zone, start_day)


def _chosen(body: QuotaBody, name: str, before: Any) -> Any:
    return getattr(body, name) if name in body.model_fields_set else before
