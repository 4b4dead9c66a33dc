"""`tollgate costs check` and `replay`: sums compared with usage records, and made what these add up to."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from tests.support import cli_runner, rolled_up
from tests.support.builders import record, scope
from tests.support.faults import DyingAtWrites, KilledError, LossyClient, _WrappedClient
from tollgate import identifiers
from tollgate.clock import utc_now
from tollgate.costs.aggregates import ALL, Dimension, Tally
from tollgate.costs.charge_parts import NO_PARTS, ChargeParts
from tollgate.costs.cover import Cover
from tollgate.costs.day_ends import closes_at
from tollgate.costs.store.closed_days import ClosedDays
from tollgate.costs.store.cost_entries import entry_of
from tollgate.costs.store.costs_table import CostsTable
from tollgate.costs.store.day_closing import DayClosing
from tollgate.costs.store.shard_sums import Numbered, ShardSums
from tollgate.keys import api_keys
from tollgate.keys.store.keys_table import KeysTable
from tollgate.ledger.holds import AbandonedPolicy
from tollgate.ledger.records import BillingParts, PackDraw
from tollgate.ledger.store import record_items
from tollgate.ledger.store.record_table import RecordTable
from tollgate_cli.operations.costs.cost_check import CostRecount
from tollgate_cli.operations.deployment import Deployment

if TYPE_CHECKING:
    from tollgate.costs.cost_entry import CostEntry
    from tollgate.ledger.records import LedgerRecord

RETENTION = timedelta(days=400)
# A day that is closed, as are those before it.
DAY = utc_now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=3)


class Figures(NamedTuple):
    """Of a sum."""

    requests: int
    tokens: int
    cost: str


class Books:
    def __init__(self, client: Any, tables: dict[str, str]) -> None:
        self.client = client
        self.costs = CostsTable(client, tables["CostsTable"])
        self.keys = KeysTable(client, tables["KeysTable"])
        self.usage = RecordTable(client, tables["UsageTable"], RETENTION)
        self.key = api_keys.issue()
        self.keys.add(scope(self.key))

    def request(
        self, cost: str = "0.25", at: datetime = DAY, *, counted: bool = True, **changes: Any
    ) -> LedgerRecord:
        made = record(
            identifiers.request_id(at),
            key=self.key,
            cost=cost,
            created_at=at,
            completed_at=at + timedelta(seconds=1),
            scopes=(self.key.key_id, "key_root"),
        )
        made = replace(made, **changes)
        self.usage.put(made)
        if counted:
            self.count(made)
        return made

    def count(self, made: Any) -> None:
        rolled_up.add(self.costs, self.entry(made))

    def entry(self, made: Any) -> CostEntry:
        return entry_of(record_items.to_item(made, RETENTION), UTC)

    def delivered(self, *made: Any, shard: str = "shardId-1") -> None:
        """Counts them as a shard of the stream does, after what it has brought before."""
        shards = ShardSums(self.client, self.costs.table, UTC)
        numbered = [Numbered(str(number), self.entry(each)) for number, each in enumerate(made, 2)]
        assert shards.add(shard, numbered) == set()

    def close(self, last: datetime) -> None:
        DayClosing(self.client, self.costs.table, UTC, lambda: closes_at(last.date(), UTC)).run()

    def total(self, period: str) -> Tally:
        return self.costs.by_period(Dimension.TOTAL, ALL, [period]).get(period, Tally())


@pytest.fixture
def books(dynamodb, tables) -> Books:
    ClosedDays(dynamodb, tables["CostsTable"]).done(DAY.date().isoformat())
    return Books(dynamodb, tables)


@pytest.fixture
def deployed(dynamodb, tables) -> Deployment:
    aws: Any = None  # nothing but the tables is asked
    return Deployment(
        aws=aws,
        client=dynamodb,
        keys_table=tables["KeysTable"],
        usage_table=tables["UsageTable"],
        audit_table=tables["AuditTable"],
        costs_table=tables["CostsTable"],
        catalog_table=tables["CatalogTable"],
        retention=RETENTION,
        abandoned=AbandonedPolicy.CHARGE,
        reporting_zone=ZoneInfo("UTC"),
    )


@pytest.fixture
def command(deployed, monkeypatch):
    """Runs it over the days given; returns its exit code and what it says."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setattr(Deployment, "of_stack", lambda _aws, name: {"tollgate-test": deployed}[name])

    def run(what: str, first: datetime = DAY, last: datetime = DAY, *options: str) -> tuple[int, str]:
        span = ["--from", str(first.date()), "--to", str(last.date())]
        yes = ["--yes"] if what == "replay" else []
        ran = cli_runner.run("costs", what, "--stack", "tollgate-test", *span, *yes, *options)
        return ran.code, ran.stdout + ran.stderr

    return run


@pytest.fixture
def differing(command):
    """By a sum's period and name: what is expected and what is found, as `--json` has it."""

    def run(first: datetime = DAY, last: datetime = DAY) -> dict[str, tuple[Figures, Figures]]:
        exit_code, said = command("check", first, last, "--json", "--quiet")
        assert exit_code == 1
        return {
            f"{each['period']} {each['dimension']} {each['value']} of {each['within']}": (
                Figures(**each["expected"]),
                Figures(**each["found"]),
            )
            for each in json.loads(said)
        }

    return run


def compared(records: int) -> tuple[int, str]:
    """What a check of sums says that are right."""
    return 0, f"{records} usage record{'' if records == 1 else 's'} compared; sums that differ: none.\n"


def replayed(records: int, corrected: int) -> tuple[int, str]:
    shown = (
        "days            1",
        f"usage records   {records}",
        f"sums put right  {corrected}",
        "refused         0",
    )
    return 0, "".join(f"{line}\n" for line in shown)


def test_aggregates_that_are_what_the_records_add_up_to_pass(books, command):
    books.request()
    books.request("0.5", tags={"team": "red"}, owner_email="a@example.com")
    books.request(at=DAY - timedelta(days=1))
    assert command("check") == compared(2)


def test_days_without_requests_pass(command):
    assert command("check") == compared(0)


def test_a_record_that_was_not_counted_shows_in_every_dimension_and_a_replay_counts_it_once(
    books, command, differing
):
    books.request("0.5", tags={"team": "red"})
    books.request("0.25", counted=False)

    found, day = differing(), DAY.date().isoformat()
    assert found[f"{day} total all of "] == ((2, 2400, "0.75"), (1, 1200, "0.5"))
    assert found[f"{day} scope_model small of key_root"][0].requests == 2

    assert command("replay") == replayed(2, 11)
    assert command("check") == compared(2)
    assert command("replay") == replayed(2, 0)
    assert books.total(day).cost == books.total(day[:7]).cost == Decimal("0.75")


def charged(root: str, own: str, **changes: Any) -> dict[str, Any]:
    """Of a record of 1 USD: who paid, at a hybrid root and by packs of it and of the key below it."""
    draws = (PackDraw(root, "pck_a", Decimal("0.25")), PackDraw(root, "pck_b", Decimal("0.125")))
    return {
        "cost": "1",
        "provider_cost": Decimal("0.75"),
        "pack_draws": (*draws, PackDraw(own, "pck_a", Decimal("0.5"))),
        "billing": BillingParts(root, included=Decimal("0.375"), metered=Decimal("0.25")),
        "cost_centre": "4711",
    } | changes


def test_who_paid_is_compared_and_put_right(books, command, differing):
    own, root = books.key.key_id, "key_root"
    books.request(**charged(root, own))
    books.request(**charged(root, own), counted=False)
    books.request("0.5")

    found, day = differing(), DAY.date().isoformat()
    assert found[f"{day} pack pck_a of key_root"] == ((2, 0, "0.5"), (1, 0, "0.25"))
    assert found[f"{day} pack pck_a of {own}"][0].requests == 2
    for sum_of in ("billed key_root", "cost_centre 4711", "centre_key", "centre_model"):
        assert any(sum_of in name for name in found)

    assert command("replay") == replayed(3, 18)
    assert command("check") == compared(3)
    assert command("replay") == replayed(3, 0)
    parts = ChargeParts(
        margin=Decimal("0.5"), packs=Decimal("0.75"), included=Decimal("0.75"), metered=Decimal("0.5")
    )
    for period in (day, day[:7]):
        assert books.total(period).parts == parts
        packs = books.costs.by_value(Dimension.PACK, Cover((period,)), root)
        assert {name: (tally.requests, tally.cost, tally.parts.packs) for name, tally in packs.items()} == {
            "pck_a": (2, Decimal("0.5"), Decimal("0.5")),
            "pck_b": (2, Decimal("0.25"), Decimal("0.25")),
        }
        (below,) = books.costs.by_value(Dimension.PACK, Cover((period,)), own).values()
        assert (below.cost, below.parts.packs) == (1, 0)
        assert books.costs.by_value(Dimension.BILLED, Cover((period,)))[root].parts == parts


def test_who_paid_is_taken_away_where_no_record_says_so(books, command, differing):
    own, root = books.key.key_id, "key_root"
    plain = books.request(counted=False, cost="1")
    said_otherwise = charged(root, own)
    said_otherwise.pop("cost")
    books.count(replace(plain, **said_otherwise))

    day = DAY.date().isoformat()
    assert differing()[f"{day} pack pck_b of key_root"] == ((0, 0, "0"), (1, 0, "0.125"))

    assert command("replay")[0] == 0
    assert command("check") == compared(1)
    for period in (day, day[:7]):
        assert (books.total(period).cost, books.total(period).parts) == (1, NO_PARTS)
        for scope_id in (root, own):
            packs = books.costs.by_value(Dimension.PACK, Cover((period,)), scope_id)
            assert not any(tally.requests or tally.cost for tally in packs.values())


@pytest.mark.parametrize("applies", [False, True], ids=["before", "after"])
def test_a_replay_of_who_paid_that_dies_anywhere_is_finished_by_the_next(
    books, command, deployed, applies, monkeypatch
):
    day = DAY + timedelta(days=1)
    own, root = books.key.key_id, "key_root"
    books.delivered(books.request(at=day, counted=False, **charged(root, own)))
    books.close(day)
    assert command("check", day, day) == compared(1)
    books.request(at=day, counted=False, **charged(root, own))
    deaths, exit_code, said = 0, None, ""
    for call in range(1, 100):
        mortal = DyingAtWrites(books.client, call, applies=applies)
        monkeypatch.setattr(Deployment, "of_stack", lambda _aws, _, c=mortal: replace(deployed, client=c))
        try:
            exit_code, said = command("replay", day, day)
        except KilledError:
            deaths += 1
        else:
            break
    assert exit_code == 0, said
    assert deaths >= 1
    assert command("check", day, day) == compared(2)
    total = books.total(day.date().isoformat())
    assert (total.cost, total.parts.packs, total.parts.metered) == (2, Decimal("0.75"), Decimal("0.5"))


def test_what_no_record_says_is_found(books, differing):
    books.request()
    stray = record("req_stray", key=books.key, created_at=DAY, completed_at=DAY, owner_email="b@example.com")
    books.count(stray)

    expected, found = differing()[f"{DAY.date()} owner b@example.com of "]
    assert (expected, found.requests) == ((0, 0, "0"), 1)


def test_a_month_that_is_not_its_days_sum_is_found(books, differing):
    books.request()
    month = DAY.strftime("%Y-%m")
    books.client.update_item(
        TableName=books.costs.table,
        Key={"dimension_period": {"S": f"total#{month}"}, "dimension_value": {"S": "all"}},
        UpdateExpression="ADD ms_1000 :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    assert f"{month} total all of " in differing()


def test_a_whole_month_is_compared_with_its_records(books, differing):
    first = (DAY.replace(day=1) - timedelta(days=1)).replace(day=1)
    last = first + timedelta(days=30)
    last -= timedelta(days=last.day if last.month != first.month else 0)
    books.request(at=first)
    books.request(at=last)
    books.request(at=last, counted=False)
    found = differing(first, last)
    assert not any(str(first.date()) in name for name in found)
    assert found[f"{first:%Y-%m} key_model small of {books.key.key_id}"][0].requests == 3


def test_the_records_of_a_key_that_is_gone_are_compared_too(books, command):
    books.request()
    books.client.delete_item(TableName=books.keys.table, Key={"key_id": {"S": books.key.key_id}})
    assert command("check") == compared(1)


def test_a_record_that_no_sum_can_have_keeps_no_other_from_being_replayed(books, command):
    books.request(counted=False)
    books.request(counted=False, tags={"team": "x" * 1024})
    books.request(counted=False)

    exit_code, said = command("replay")
    assert exit_code == 1
    assert "usage records   3\n" in said
    assert "1 usage record can't be added" in said
    assert books.total(DAY.date().isoformat()).requests == 2


def test_what_no_record_says_is_taken_away_by_a_replay(books, command):
    books.request()
    books.count(record("req_stray", key=books.key, created_at=DAY, completed_at=DAY))
    assert command("replay")[0] == 0
    assert command("check") == compared(1)
    month = DAY.strftime("%Y-%m")
    assert books.costs.by_period(Dimension.OWNER, "-", [month])[month].requests == 1


def test_a_batch_that_was_given_up_half_way_is_healed_once_its_day_is_closed(books, command):
    """Some of its sums were added to, and others not."""
    day = DAY + timedelta(days=1)
    made = [books.request(at=day, counted=False) for _ in range(4)]
    refusing: Any = LossyClient(books.client, {2}, applies=False)
    shards = ShardSums(refusing, books.costs.table, UTC, at_once=1)
    assert shards.add("shardId-1", [Numbered("1", books.entry(made[0]))]) == {"1"}
    books.delivered(*made[1:], shard="shardId-1")
    books.close(day)

    assert command("check", day, day)[0] == 1
    assert command("replay", day, day)[0] == 0
    assert command("check", day, day) == compared(4)
    month = day.strftime("%Y-%m")
    totals = books.costs.by_period(Dimension.TOTAL, ALL, [month])[month]
    assert totals.requests == 4


@pytest.mark.parametrize("applies", [False, True], ids=["before", "after"])
def test_a_replay_that_dies_anywhere_is_finished_by_the_next(books, command, deployed, applies, monkeypatch):
    books.request("0.5")
    books.request("0.25", counted=False)
    deaths, exit_code, said = 0, None, ""
    for call in range(1, 100):
        mortal = DyingAtWrites(books.client, call, applies=applies)
        monkeypatch.setattr(Deployment, "of_stack", lambda _aws, _, c=mortal: replace(deployed, client=c))
        try:
            exit_code, said = command("replay")
        except KilledError:
            deaths += 1
        else:
            break
    assert exit_code == 0, said
    assert deaths >= 1
    assert command("check") == compared(2)
    day = DAY.date().isoformat()
    assert books.total(day).cost == books.total(day[:7]).cost == Decimal("0.75")


def test_a_day_that_is_not_closed_is_not_replayed_and_told_when_it_can_be(books, command):
    today = utc_now()
    books.request(at=today, counted=False)
    exit_code, said = command("replay", DAY, today)
    assert exit_code == 1
    on = closes_at(today.date(), UTC)
    assert f"The sums of {today.date()} are still being added to" in said
    assert f"{on:%Y-%m-%d %H:%M}" in said
    assert books.total(today.date().isoformat()) == Tally()


def test_a_day_of_any_age_is_replayed(books, command):
    long_ago = utc_now() - timedelta(days=300)
    books.request(at=long_ago, counted=False)
    assert command("replay", long_ago, long_ago)[0] == 0
    day = long_ago.date().isoformat()
    assert books.total(day).requests == books.total(day[:7]).requests == 1


@pytest.mark.parametrize("what", ["check", "replay"])
def test_sums_whose_records_may_have_expired_are_neither_doubted_nor_changed(books, command, what):
    """Sums stay when the records that made them have gone: they would be found to be of nothing."""
    long_ago = utc_now() - RETENTION
    made = books.request(at=long_ago)
    books.client.delete_item(
        TableName=books.usage.table,
        Key={"key_id": {"S": made.key_id}, "request_id": {"S": made.request_id}},
    )
    exit_code, said = command(what, long_ago, DAY)
    kept = (utc_now() - RETENTION).date() + timedelta(days=1)
    assert (exit_code, said) == (
        1,
        f"Error: Usage records are kept for {RETENTION.days} days: of days before {kept} some may be gone. "
        "Nothing was compared or changed.\n",
    )
    assert books.total(long_ago.date().isoformat()).requests == 1


def test_a_day_that_has_lost_all_its_records_keeps_its_sums(books, command):
    """They were kept for a shorter time then than now."""
    made = books.request()
    books.request(at=DAY - timedelta(days=1), counted=False)
    books.client.delete_item(
        TableName=books.usage.table,
        Key={"key_id": {"S": made.key_id}, "request_id": {"S": made.request_id}},
    )
    exit_code, said = command("replay", DAY - timedelta(days=1), DAY)
    day = DAY.date().isoformat()
    assert (exit_code, said) == (
        1,
        f"Error: There are sums of {day}, but no usage records. "
        "Days before it were replayed; this one was not.\n",
    )
    assert books.total(day).requests == 1
    assert books.total((DAY - timedelta(days=1)).date().isoformat()).requests == 1


def test_a_stray_model_of_a_key_is_taken_away_by_a_replay_though_no_record_has_it(books, command, differing):
    """What is within a key, model or owner isn't listed: it is found by that these differ."""
    books.request()
    stray = record(
        "req_stray",
        key=books.key,
        model="large",
        owner_email="b@example.com",
        created_at=DAY,
        completed_at=DAY,
        scopes=(books.key.key_id,),
    )
    books.count(stray)
    found = differing()
    assert found[f"{DAY.date()} key_model large of {books.key.key_id}"][0].requests == 0
    assert command("replay")[0] == 0
    for period in (DAY.date().isoformat(), DAY.strftime("%Y-%m")):
        for dimension, within in [
            (Dimension.KEY_MODEL, books.key.key_id),
            (Dimension.SCOPE_MODEL, books.key.key_id),
            (Dimension.MODEL_KEY, "large"),
            (Dimension.OWNER_KEY, "b@example.com"),
            (Dimension.OWNER_MODEL, "b@example.com"),
        ]:
            left = books.costs.by_value(dimension, Cover((period,)), within)
            assert set(left) <= ({"small"} if within == books.key.key_id else set())


def test_a_replay_of_strays_that_dies_anywhere_is_finished_by_the_next(books, command, deployed, monkeypatch):
    """What is within a value is put right before the value: it is by this that it is found."""
    books.request()
    books.count(record("req_stray", key=books.key, model="large", created_at=DAY, completed_at=DAY))
    for call in range(1, 100):
        mortal = DyingAtWrites(books.client, call, applies=True)
        monkeypatch.setattr(Deployment, "of_stack", lambda _aws, _, c=mortal: replace(deployed, client=c))
        try:
            assert command("replay")[0] == 0
        except KilledError:
            continue
        break
    day = Cover((DAY.date().isoformat(),))
    assert set(books.costs.by_value(Dimension.KEY_MODEL, day, books.key.key_id)) == {"small"}
    assert books.costs.by_value(Dimension.MODEL_KEY, day, "large") == {}


def test_a_record_that_is_on_its_way_is_counted_once_by_the_replay_and_the_stream(books, command):
    """It was written long after its day had ended: a sweep had failed."""
    made = books.request(counted=False, completed_at=utc_now())
    assert command("replay")[0] == 0
    books.count(made)
    assert command("check") == compared(1)

    early = books.request(counted=False, completed_at=utc_now())
    books.count(early)
    assert command("replay") == replayed(2, 0)
    books.count(early)
    assert command("check") == compared(2)


@pytest.mark.parametrize("moment", ["batch_get_item", "transact_write_items"])
def test_a_replay_gives_way_to_records_that_come_meanwhile(books, command, deployed, monkeypatch, moment):
    """The stream adds one after the replay has read the day's total: nothing is written, and it says so."""
    books.request("0.5", counted=False)
    late = record(
        identifiers.request_id(DAY),
        key=books.key,
        created_at=DAY,
        completed_at=DAY,
        scopes=(books.key.key_id,),
    )

    class Meanwhile(_WrappedClient):
        def _call(self, operation: str, call: Any, request: dict[str, Any]) -> Any:
            if operation == moment:
                books.count(late)
            return call(**request)

    meanwhile = Meanwhile(books.client)
    monkeypatch.setattr(Deployment, "of_stack", lambda _aws, _: replace(deployed, client=meanwhile))
    exit_code, said = command("replay")
    assert exit_code == 5
    assert "Replay it again" in said
    books.usage.put(late)
    monkeypatch.setattr(Deployment, "of_stack", lambda _aws, _: deployed)
    assert command("replay")[0] == 0
    assert command("check") == compared(2)


def test_a_span_that_ends_before_it_begins_is_refused(command):
    assert command("check", DAY, DAY - timedelta(days=1)) == (2, "Error: --to must not be before --from.\n")


def test_a_replay_asks_for_the_stacks_name_and_changes_nothing_without(books, command):
    books.request(counted=False)
    span = [f"--{name}={DAY.date()}" for name in ("from", "to")]
    ran = cli_runner.run("costs", "replay", "--stack", "tollgate-test", *span)
    assert (ran.code, ran.stdout) == (2, "")
    assert "--yes" in ran.stderr
    typed = cli_runner.run(
        "costs", "replay", "--stack=tollgate-test", *span, stdin="tollgate\n", terminal=True
    )
    assert typed.code == 1
    assert books.total(DAY.date().isoformat()) == Tally()
    typed = cli_runner.run(
        "costs", "replay", "--stack=tollgate-test", *span, stdin="tollgate-test\n", terminal=True
    )
    assert typed.code == 0
    assert books.total(DAY.date().isoformat()).requests == 1


def test_people_are_shown_sums_that_differ_in_lines_that_fit(books, command):
    books.request(counted=False)
    span = [f"--{name}={DAY.date()}" for name in ("from", "to")]
    ran = cli_runner.run("costs", "check", "--stack", "tollgate-test", *span, terminal=True, width=80)
    assert ran.code == 1
    assert all(len(line) <= 80 for line in ran.stdout.splitlines())
    assert "1 request, 1,200 tokens, 0.25 USD" in ran.stdout
    assert "Requests of the last few minutes may not be in the sums yet." in ran.stderr


@pytest.mark.parametrize("reads", [1, 2])
def test_an_interrupted_replay_says_what_is_done_and_where_to_go_on(books, command, monkeypatch, reads):
    """Days that were replayed stay so; the next run finishes what was begun."""
    before = DAY - timedelta(days=1)
    for day in (before, DAY):
        books.request(at=day, counted=False)
    whole, count = CostRecount.stored, 0

    def interrupted(recount, *arguments):
        nonlocal count
        count += 1
        if count == reads:
            raise KeyboardInterrupt
        return whole(recount, *arguments)

    monkeypatch.setattr(CostRecount, "stored", interrupted)
    exit_code, said = command("replay", before, DAY)
    assert exit_code == 130
    if reads == 1:
        assert "Interrupted in the first day." in said
    else:
        assert f"{before.date()} to {before.date()} are done" in said
        assert f"Run it again from {DAY.date()}" in said
    assert command("replay", before, DAY)[0] == 0
    assert command("check", before, DAY) == compared(2)
