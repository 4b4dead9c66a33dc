"""Whatever was called, however it was delivered: every cost query adds up to the usage records, exactly."""

from __future__ import annotations

import operator
import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_DOWN, Context, Decimal, Inexact
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic.alias_generators import to_snake

from tests.support.builders import bill, record
from tests.support.cost_model import stream_record, window_event
from tests.support.fake_costs import FakeCosts
from tollgate import money
from tollgate.costs.aggregates import Tally
from tollgate.costs.day_ends import is_live
from tollgate.costs.store.costs_table import CostsTable
from tollgate.costs.store.day_closing import DayClosing
from tollgate.costs.store.marked_records import MarkedRecords
from tollgate.costs.store.query_pages import SnapshotTable
from tollgate.costs.store.rollup import Rollup
from tollgate.costs.store.shard_sums import ShardSums
from tollgate.keys.api_keys import ApiKey
from tollgate.ledger.records import BillingParts, LedgerRecord, Outcome, PackDraw
from tollgate.pricing.bill import Breakdown, BreakdownLine
from tollgate.pricing.usage import TokenClass, Usage, UsageSource
from tollgate_admin.costs import cost_overview, cost_pages, cost_rows, cost_sums
from tollgate_admin.costs.bills import bill_views, monthly_bill
from tollgate_admin.costs.bills.bill_views import Audience, BillView
from tollgate_admin.costs.cost_filters import FilterField, Filters
from tollgate_admin.costs.cost_queries import KeysQuery
from tollgate_admin.costs.explorer import cost_series
from tollgate_admin.costs.explorer.series_queries import Metric, SeriesQuery
from tollgate_admin.costs.schemas import KeyRow, TallyView
from tollgate_admin.web import date_ranges
from tollgate_admin.web.date_ranges import DateRange
from tollgate_admin.web.wire_types import Page
from tollgate_rollup.handler import take

if TYPE_CHECKING:
    from collections.abc import Callable

# A key's path, from itself to its root, at the time of a request: key_c has been moved.
PATHS = [("key_a",), ("key_b", "key_a"), ("key_c", "key_b", "key_a"), ("key_c", "key_d"), ("key_d",)]
FIRST, DAYS = datetime(2026, 1, 20, tzinfo=UTC), 80
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland", "Asia/Kolkata"]


def usage_record(number: int, minute: int, path: tuple[str, ...], **said: Any) -> LedgerRecord:
    at = FIRST + timedelta(minutes=minute)
    charged = said.pop("charged")
    made = record(
        f"req_{number}",
        key=ApiKey(path[0], "S" * 32),
        scopes=path,
        created_at=at,
        completed_at=at + timedelta(milliseconds=said.pop("milliseconds")),
        usage=Usage(
            {TokenClass.INPUT: said.pop("prompt"), TokenClass.REASONING: said.pop("completion")},
            UsageSource.PROVIDER,
        ),
        breakdown=bill(said.pop("cost")),
        **said,
    )
    return made if charged is None else charged_otherwise(made, **charged)


def charged_otherwise(
    made: LedgerRecord, *, markup: Decimal, drawn: Any, billed: int | None, surcharges: Any, cost_centre: Any
) -> LedgerRecord:
    lines = [BreakdownLine(name, 1, amount, amount) for name, amount in surcharges.items()]
    breakdown = Breakdown((*made.breakdown.lines, *lines))
    cost = breakdown.total
    exact = Context(prec=38, traps=[Inexact])
    draws = []
    for scope, share in {made.scopes[0]: drawn[0], made.scopes[-1]: drawn[1]}.items():
        paid = exact.multiply(cost.quantize(Decimal("1e-12"), ROUND_DOWN), share)
        half = (paid / 2).quantize(Decimal("1e-15"), ROUND_DOWN)
        parts = {"pck_1": half, "pck_2": exact.subtract(paid, half)}
        draws += [PackDraw(scope, name, amount) for name, amount in parts.items() if amount]
    billing = None
    if billed is not None:
        scope = made.scopes[billed]
        left = cost - sum((each.amount for each in draws if each.scope_id == scope), Decimal())
        billing = BillingParts(scope, left / 2, left - left / 2)
    return replace(
        made,
        breakdown=breakdown,
        provider_cost=exact.subtract(cost, markup),
        pack_draws=tuple(draws),
        billing=billing,
        cost_centre=cost_centre,
    )


# Days after FIRST, near the ends of months more often than not: what cuts a month is read otherwise.
MONTHS_BEGIN = [(date(2026, month, 1) - FIRST.date()).days for month in (2, 3, 4)]
NEAR_AN_END = st.builds(operator.add, st.sampled_from(MONTHS_BEGIN), st.integers(-4, 3))
SOME_DAY = st.one_of(NEAR_AN_END, st.integers(0, DAYS - 1))
REQUESTS = st.builds(
    dict,
    minute=st.builds(lambda day, minute: day * 24 * 60 + minute, SOME_DAY, st.integers(0, 24 * 60 - 1)),
    path=st.sampled_from(PATHS),
    model=st.sampled_from(["small", "large", "medium"]),
    provider_id=st.sampled_from([None, "prv_1", "prv_2"]),
    owner_email=st.sampled_from([None, "a@b.example", "c@d.example"]),
    tags=st.dictionaries(st.sampled_from(["team", "use"]), st.sampled_from(["", "a", "b=c"])),
    outcome=st.sampled_from(Outcome),
    prompt=st.integers(0, 10**6),
    completion=st.integers(0, 10**6),
    milliseconds=st.integers(0, 10**5),
    cost=st.decimals(0, 10**4, places=18).map(str),
    charged=st.none()
    | st.builds(
        dict,
        markup=st.decimals(-1, 1, places=3),
        cost_centre=st.sampled_from([None, "4711", "4712"]),
        # What packs of the key and of its root have paid of it, and whether either bills it as a hybrid one.
        drawn=st.tuples(st.decimals(0, 1, places=2), st.decimals(0, 1, places=2)),
        billed=st.sampled_from([None, 0, -1]),
        surcharges=st.dictionaries(st.sampled_from(["overage", "minimum_fee"]), st.decimals(0, 1, places=3)),
    ),
)
HISTORIES = st.one_of(st.lists(REQUESTS, min_size=12, max_size=25), st.lists(REQUESTS, max_size=3)).map(
    lambda requests: [usage_record(number, **each) for number, each in enumerate(requests)]
)


class Stream:
    """Two shards that bring records in order, each batch perhaps once more later, while days are closed.

    What is written long after its day is added by itself, as is every tenth record here.
    """

    def __init__(self, table: Any, zone: ZoneInfo, chance: random.Random) -> None:
        self.now = FIRST
        self.zone, self.chance = zone, chance
        self.rollup = Rollup(
            ShardSums(table, "costs", zone, at_once=1),
            MarkedRecords(table, "costs", pause=lambda _seconds: None),
            lambda: self.now,
        )
        self.closing = DayClosing(table, "costs", zone, lambda: self.now, at_once=1)
        self.numbers = iter(range(10**6))
        self.closing.run()

    def deliver(self, history: list[LedgerRecord], until: date) -> None:
        """Closes what is over by the end of the day, or a few days less."""
        written = sorted(history, key=lambda each: each.completed_at)
        while written:
            size = self.chance.randint(1, 8)
            batch, written = written[:size], written[size:]
            self.now = batch[-1].completed_at
            live = [each for each in batch if is_live(self._day(each), self.now, self.zone)]
            for shard in (0, 1):
                on_time = [each for number, each in enumerate(live) if number % 2 == shard]
                self._take(on_time, f"shardId-{shard}")
            self._take([each for each in batch if each not in live], "shardId-0", late=True)
            if self.chance.random() < CLOSINGS:
                self.closing.run()
        self.now = datetime.combine(until, time(), self.zone) - timedelta(self.chance.randint(0, 9))
        self.closing.run()

    def _take(self, records: list[LedgerRecord], shard: str, *, late: bool = False) -> None:
        delay = timedelta(days=3) if late else timedelta(0)
        batch = [stream_record(each, next(self.numbers), delay) for each in records]
        for again in (batch, self.chance.sample(batch, len(batch) // 2)):
            answer = take(window_event(again, shard), self.rollup)
            assert answer == {"batchItemFailures": [], "state": {}}

    def _day(self, made: LedgerRecord) -> date:
        return made.created_at.astimezone(self.zone).date()


CLOSINGS = 0.2


@pytest.fixture(scope="module")
def services():
    """What queries work with; each example has a table of its own in it."""
    return SimpleNamespace(
        settings=SimpleNamespace(),
        keys=SimpleNamespace(
            names=lambda key_ids: {each: each for each in key_ids},
            chains=lambda scopes: {each.key_id: (each,) for each in scopes},
            get_all=lambda _key_ids: {},
        ),
        catalog=SimpleNamespace(providers=list),
        budget_summaries=SimpleNamespace(all=dict),
        packs=SimpleNamespace(page=lambda _scope, _size, _after: ([], None)),
    )


@pytest.fixture(scope="module")
def history_of(services) -> Callable[..., None]:
    def rolled_up(history: list[LedgerRecord], zone: ZoneInfo, today: date, seed: int) -> None:
        table: Any = FakeCosts()
        services.clock = lambda: datetime.combine(today, time(12), zone)
        services.costs = CostsTable(table, "costs", services.clock)
        services.snapshots = SnapshotTable(table, "costs")
        services.settings.reporting_zone = zone
        services.stream = Stream(table, zone, random.Random(seed))
        services.stream.deliver(history, today)

    return rolled_up


AMOUNTS = (*("cost", "provider_cost", "margin", "packs", "included", "metered", "overage", "fees"),)


def figures(tallies: list[Any]) -> dict[str, Any]:
    """The sum of all figures, be they of tallies or of rows."""
    names = ("requests", "failed", "abandoned", "prompt_tokens", "completion_tokens")
    added: dict[str, Any] = {name: sum(getattr(each, name) for each in tallies) for name in names}
    shown = [TallyView.of(each) if isinstance(each, Tally) else each for each in tallies]
    return added | {name: money.total(getattr(each, name) for each in shown) for name in AMOUNTS}


def figures_of(records: list[LedgerRecord]) -> dict[str, Any]:
    return {
        "requests": len(records),
        "failed": sum(each.outcome is Outcome.FAILED for each in records),
        "abandoned": sum(each.outcome is Outcome.ABANDONED for each in records),
        "prompt_tokens": sum(each.usage.prompt_tokens for each in records),
        "completion_tokens": sum(each.usage.completion_tokens for each in records),
        "cost": money.total(each.calculated_cost for each in records),
        "provider_cost": money.total(provider_cost(each) for each in records),
        "margin": money.total(each.calculated_cost - provider_cost(each) for each in records),
        "packs": money.total(draw.amount for each in records for draw in paying(each)),
        "included": money.total(each.billing.included for each in records if each.billing),
        "metered": money.total(each.billing.metered for each in records if each.billing),
        "overage": lines_of(records, "overage"),
        "fees": lines_of(records, "minimum_fee"),
    }


def provider_cost(made: LedgerRecord) -> Decimal:
    return made.calculated_cost if made.provider_cost is None else made.provider_cost


def paying(made: LedgerRecord) -> list[PackDraw]:
    """What packs paid where it is billed, or else at the highest scope with packs."""
    at = made.billing.scope_id if made.billing else made.pack_draws[-1].scope_id if made.pack_draws else ""
    return [draw for draw in made.pack_draws if draw.scope_id == at]


def lines_of(records: list[LedgerRecord], item: str) -> Decimal:
    return money.total(line.cost for each in records for line in each.breakdown.lines if line.item == item)


def within(history: list[LedgerRecord], span: DateRange) -> list[LedgerRecord]:
    return [
        each for each in history if span.first <= each.created_at.astimezone(span.zone).date() <= span.last
    ]


def of(sums: list[cost_sums.Sum]) -> dict[str, Any]:
    return figures([each.tally for each in sums])


SPANS = st.tuples(SOME_DAY, st.one_of(SOME_DAY, st.integers(DAYS, DAYS + 40))).map(
    lambda days: (FIRST.date() + timedelta(min(days)), FIRST.date() + timedelta(max(days)))
)
# Nothing is of a later day than today's. Once all months are past, those that a span cuts may be read as what
# is not in it.
TODAYS = st.sampled_from([DAYS, DAYS + 1, DAYS + 22, DAYS + 23, 2 * DAYS]).map(
    lambda days: FIRST.date() + timedelta(days)
)


@given(
    history=HISTORIES,
    asked=SPANS,
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    today=TODAYS,
    seed=st.integers(0, 2**32),
)
@settings(max_examples=40, deadline=None)
def test_every_query_adds_up_to_the_usage_records(history_of, services, history, asked, zone, today, seed):
    history_of(history, zone, today, seed)
    first, last = asked
    span = DateRange(first, last, zone, today=today)
    records = within(history, span)
    wanted, everything = figures_of(records), Filters({})

    overview = cost_overview.overview_of(services, span, top=20)
    assert figures([overview.totals]) == wanted
    assert sum(overview.totals.tokens.values()) == wanted["prompt_tokens"] + wanted["completion_tokens"]
    assert figures([overview.previous]) == figures_of(within(history, span.before()))
    for rows in (overview.by_day, overview.top_keys, overview.top_models, overview.top_owners):
        assert figures(rows) == wanted
    for axis in (FilterField.KEY, FilterField.MODEL, FilterField.OWNER, FilterField.PROVIDER):
        assert of(cost_sums.by_field(services.costs, axis, everything, span)) == wanted
    assert of(cost_sums.by_cost_centre(services.costs, everything, span)) == wanted
    assert figures(overview.top_cost_centres) == figures_of([each for each in records if each.cost_centre])
    for tag in ("team", "use", "none"):
        assert of(cost_sums.by_tag(services.costs, tag, span)) == wanted
    assert of(cost_sums.by_day(services.costs, everything, span)) == wanted
    assert of(cost_sums.by_month(services.costs, everything, span)) == wanted


SERIES = [
    {"group": "key", "subgroup": "model"},
    {"group": "model", "subgroup": "key", "interval": "month"},
    {"group": "owner", "subgroup": "model"},
    {"group": "provider", "interval": "month"},
    {"group": "tag", "tagName": "team"},
    {"group": "costCentre", "subgroup": "key"},
    {"interval": "month"},
]


@given(
    history=HISTORIES,
    asked=SPANS,
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    today=TODAYS,
    seed=st.integers(0, 2**32),
    top=st.integers(1, 4),
    metric=st.sampled_from(Metric),
)
@settings(max_examples=25, deadline=None)
def test_every_series_and_its_rest_add_up_to_the_usage_records(
    history_of, services, history, asked, zone, today, seed, top, metric
):
    history_of(history, zone, today, seed)
    first, last = asked
    span = DateRange(first, last, zone, today=today)
    wanted = figures_of(within(history, span))
    for query in SERIES:
        made = cost_series.series_of(services, SeriesQuery(metric=metric, top=top, **query), span)
        assert figures([made.total]) == wanted
        assert figures([*made.groups, made.other]) == wanted
        assert len(made.groups) <= top
        lines = [*(group.values for group in made.groups), made.other.values]
        assert [money.total(values) for values in zip(*lines, strict=True)] == made.total.values
        for line, of_line in zip(lines, [*made.groups, made.other], strict=True):
            assert money.total(map(Decimal, line)) == getattr(of_line, to_snake(metric.value))
        for group in made.groups:
            if group.parts is not None:
                assert figures([*group.parts.groups, group.parts.other]) == figures([group])


@given(
    history=HISTORIES,
    asked=SPANS,
    today=TODAYS,
    seed=st.integers(0, 2**32),
)
@settings(max_examples=25, deadline=None)
def test_every_filter_leaves_the_usage_records_that_fit_it(history_of, services, history, asked, today, seed):
    history_of(history, ZoneInfo("UTC"), today, seed)
    first, last = asked
    span = DateRange(first, last, ZoneInfo("UTC"), today=today)
    records = within(history, span)
    key, model, owner = "key_b", "small", "a@b.example"
    have: dict[FilterField, Callable[[LedgerRecord], bool]] = {
        FilterField.KEY: lambda each: each.key_id == key,
        FilterField.MODEL: lambda each: each.model == model,
        FilterField.OWNER: lambda each: each.owner_email == owner,
        FilterField.PROVIDER: lambda each: each.provider_id == "prv_1",
        FilterField.TAG: lambda each: each.tags.get("team") == "b=c",
        FilterField.COST_CENTRE: lambda each: each.cost_centre == "4711",
    }
    value = dict(zip(FilterField, (key, model, owner, "prv_1", "team=b=c", "4711"), strict=True))

    def left(*axes: FilterField) -> dict[str, Any]:
        return figures_of([each for each in records if all(have[axis](each) for axis in axes)])

    pairs = [(FilterField.KEY, FilterField.MODEL), (FilterField.KEY, FilterField.OWNER)]
    pairs.append((FilterField.MODEL, FilterField.OWNER))
    for axes in [*((each,) for each in FilterField), *pairs]:
        filters = Filters({axis: value[axis] for axis in axes})
        assert of(cost_sums.by_day(services.costs, filters, span)) == left(*axes)
        assert of(cost_sums.by_month(services.costs, filters, span)) == left(*axes)
    for by, axis in [*pairs, *((second, first) for first, second in pairs)]:
        assert of(cost_sums.by_field(services.costs, by, Filters({axis: value[axis]}), span)) == left(axis)
    for axis in (FilterField.KEY, FilterField.MODEL):
        by_centre = cost_sums.by_cost_centre(services.costs, Filters({axis: value[axis]}), span)
        assert of(by_centre) == left(axis)
        by_axis = cost_sums.by_field(services.costs, axis, Filters({FilterField.COST_CENTRE: "4711"}), span)
        assert of(by_axis) == left(FilterField.COST_CENTRE)
        of_both = Filters({axis: value[axis], FilterField.COST_CENTRE: "4711"})
        assert of(cost_sums.by_month(services.costs, of_both, span)) == left(axis, FilterField.COST_CENTRE)

    tree = figures_of([each for each in records if key in each.scopes])
    in_tree = Filters({FilterField.KEY: key}, tree=True)
    assert of(cost_sums.by_day(services.costs, in_tree, span)) == tree
    assert of(cost_sums.by_month(services.costs, in_tree, span)) == tree
    assert of(cost_sums.by_field(services.costs, FilterField.MODEL, in_tree, span)) == tree
    assert of(cost_sums.by_field(services.costs, FilterField.KEY, in_tree, span)) == tree
    trees = {
        each.value: each.tally
        for each in cost_sums.by_field(services.costs, FilterField.KEY, Filters({}, tree=True), span)
    }
    assert figures([trees[key]] if key in trees else []) == tree


@given(history=HISTORIES, limit=st.integers(1, 4), seed=st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_pages_add_up_to_the_usage_records_while_others_come(history_of, services, history, limit, seed):
    zone = ZoneInfo("UTC")
    history_of(history, zone, FIRST.date() + timedelta(DAYS), seed)
    query = KeysQuery(first=FIRST.date(), to=FIRST.date() + timedelta(DAYS), limit=limit)
    rows: list[Any] = []
    for number in range(len(PATHS) + 1):
        answer = cost_pages.answer(
            services,
            cost_rows.KEYS,
            query,
            None,
            lambda span: cost_sums.by_field(services.costs, FilterField.KEY, Filters({}), span),
        )
        page = Page[KeyRow].model_validate_json(str(answer.body))
        rows += page.data
        if page.next_cursor is None:
            break
        late = [replace(each, request_id=f"late_{number}_{each.request_id}") for each in history]
        services.stream.deliver(late, FIRST.date() + timedelta(DAYS))
        query = query.model_copy(update={"cursor": page.next_cursor})
    assert figures(rows) == figures_of(history)


@given(history=HISTORIES, seed=st.integers(0, 2**32))
@settings(max_examples=12, deadline=None)
def test_a_monthly_bill_adds_up_to_the_usage_records(history_of, services, history, seed):
    zone = ZoneInfo("Europe/Berlin")
    today = FIRST.date() + timedelta(DAYS)
    history_of(history, zone, today, seed)
    children = {"key_a": ["key_b"], "key_b": [], "key_d": ["key_c"]}
    services.hierarchy = SimpleNamespace(
        children=lambda key_id, _size, _after: (
            [SimpleNamespace(key_id=each, name=each) for each in children[key_id]],
            None,
        )
    )
    for key_id in children:
        for month, span in DateRange(FIRST.date(), today, zone, today=today).months().items():
            whole = date_ranges.month_span(month, zone, services.clock())
            assert (whole.first, whole.zone) == (span.first.replace(day=1), zone)
            records = within(history, whole)
            billed: Any = SimpleNamespace(key_id=key_id, name=key_id, billing_mode=None, cost_centre="4711")
            made = monthly_bill.bill_of(services, billed, whole)
            tree = figures_of([each for each in records if key_id in each.scopes])
            assert figures([made.tree]) == figures(made.by_model) == tree
            assert figures([*made.by_key, made.moved]) == tree
            require_charges(made, key_id, [each for each in records if key_id in each.scopes])
            assert figures([made.own]) == figures_of([each for each in records if each.key_id == key_id])


def require_charges(made: BillView, key_id: str, records: list[LedgerRecord]) -> None:
    """What a bill's cost is made up of, and that it adds up."""
    charges = made.charges
    draws = [draw for each in records for draw in each.pack_draws if draw.scope_id == key_id]
    billed = [each.billing for each in records if each.billing and each.billing.scope_id == key_id]
    assert {line.pack_id: line.drawn for line in made.packs} == {
        pack_id: money.total(draw.amount for draw in draws if draw.pack_id == pack_id)
        for pack_id in {draw.pack_id for draw in draws}
    }
    assert charges.packs == money.total(draw.amount for draw in draws)
    assert charges.included == money.total(each.included for each in billed)
    assert charges.metered == money.total(each.metered for each in billed)
    assert charges.total == made.tree.cost
    assert charges.total == money.total((charges.packs, charges.included, charges.metered, charges.other))
    assert charges.due == money.total((charges.metered, charges.other))
    assert charges.other >= 0
    assert charges.margin == made.tree.margin == charges.total - charges.provider_cost
    _, rows = bill_views.table(made, Audience.OPERATOR)
    parts = [row for row in rows if row["part"] in {"pack", "included", "metered", "other"}]
    assert money.total(Decimal(row["cost"]) for row in parts) == charges.total


def test_figures_are_all_that_rows_show():
    shown = set(TallyView.model_fields) - {"total_tokens"}
    assert figures([]).keys() == shown
    assert figures([])["cost"] == Decimal(0)
