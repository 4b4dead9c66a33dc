"""How the present month goes: against the one before, and what it comes to."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from tollgate.costs import month_forecast
from tollgate.costs.aggregates import ALL, Dimension, Tally
from tollgate.costs.cover import month_of
from tollgate_admin.costs import cost_sums
from tollgate_admin.costs.cost_filters import SingleSum
from tollgate_admin.costs.schemas import Change, SpanTally, TallyView, fields
from tollgate_admin.web import date_ranges
from tollgate_admin.web.date_ranges import DateRange
from tollgate_admin.web.wire_types import Usd, View

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from tollgate.costs.month_forecast import MonthForecast
    from tollgate.costs.store.costs_table import CostsTable

_ALL = SingleSum(Dimension.TOTAL, ALL)


class ForecastView(View):
    """`cost` is what the whole month comes to, USD, if each day to come costs what that day of the week did
    on average in the last four weeks. It is no bound. `days` is how many whole days it rests on, at most 28,
    the first of them `from`: the fewer, the less it says.
    """

    cost: Usd
    days: int
    first: date = Field(alias="from")


class Outlook(View):
    """`thisMonth` is up to today, `lastMonth` all of the month before, and `lastMonthToDate` its days up to
    the same one, or to its last; `change` is from the latter to the former. `forecast` is null before there
    was a whole day of use.
    """

    month: str
    zone: str
    today: date
    last_day: date
    this_month: SpanTally
    last_month: SpanTally
    last_month_to_date: SpanTally
    change: Change
    forecast: ForecastView | None


def outlook_of(costs: CostsTable, zone: ZoneInfo, now: datetime) -> Outlook:
    """One BatchGetItem, of the days of two months and of those that a forecast rests on."""
    this = date_ranges.month_span(None, zone, now)
    today = this.today
    to_date = DateRange(this.first, today, zone, today=today)
    month_before = this.first - timedelta(days=1)
    before = DateRange(month_before.replace(day=1), month_before, zone, today=today)
    same_day = before.first.replace(day=min(today.day, month_before.day))
    same_span = DateRange(before.first, same_day, zone, today=today)
    learnt = DateRange(month_forecast.days_to_learn_from(today)[0], today, zone, today=today)
    days = {*to_date.days(), *before.days(), *learnt.days()}
    by_day = cost_sums.by_period(costs, _ALL, days)
    spent, compared = _of_days(by_day, to_date), _of_days(by_day, same_span)
    costs_of_days = {date.fromisoformat(day): tally.cost for day, tally in by_day.items()}
    return Outlook(
        month=month_of(today),
        zone=str(zone),
        today=today,
        last_day=today.replace(day=calendar.monthrange(today.year, today.month)[1]),
        this_month=_view(to_date, spent),
        last_month=_view(before, _of_days(by_day, before)),
        last_month_to_date=_view(same_span, compared),
        change=Change.between(TallyView.of(compared), TallyView.of(spent)),
        forecast=_forecast(month_forecast.forecast(costs_of_days, spent.cost, today)),
    )


def _of_days(by_day: dict[str, Tally], span: DateRange) -> Tally:
    return sum((by_day[day] for day in span.days() if day in by_day), Tally())


def _view(span: DateRange, tally: Tally) -> SpanTally:
    return SpanTally(first=span.first, to=span.last, **fields(tally))


def _forecast(made: MonthForecast | None) -> ForecastView | None:
    return None if made is None else ForecastView(cost=made.cost, days=made.days, first=made.since)
