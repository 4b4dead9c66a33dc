"""The alerts table: alert states and alerts as they are stored, claimed, sent, and come back to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.builders import NOW, scope
from tests.support.faults import LossyClient
from tollgate import identifiers
from tollgate.alerts.alerts import Alert, AlertContent, AlertKind, Delivery, DeliveryState
from tollgate.alerts.decisions import AlertState, WatchedBudget
from tollgate.alerts.store.alerts_table import AlertsTable, DueItem
from tollgate.conflicts import EditConflictError
from tollgate.ledger.billing.phases import Phase
from tollgate.ledger.thresholds import Level

KEY, OTHER = scope().key_id, "key_other"
MINUTE = timedelta(minutes=1)
MARK = AlertState(
    window="day@2026-03-14T00:00:00.000Z",
    reset=Decimal("0.25"),
    passed=frozenset({80, 90}),
    notified={80: NOW, 90: NOW + MINUTE},
    forecast_at=NOW - MINUTE,
    look_again_at=NOW + MINUTE,
)
TOLD = AlertContent(
    kind=AlertKind.THRESHOLD,
    level=Level.URGENT,
    window="day",
    percent=95,
    also=(80, 90),
    limit=Decimal("10.000000000000000001"),
    used=Decimal("9.6"),
    resets_at=NOW + timedelta(hours=9),
    exhausted_at=NOW + timedelta(hours=1),
    beyond=Phase.METERED,
    recipients=("owner", "admin"),
)
BARE = replace(
    TOLD, kind=AlertKind.FORECAST, percent=None, also=(), resets_at=None, exhausted_at=None, beyond=None
)


def alert(at=NOW, key_id=KEY, told=TOLD, **changes) -> Alert:
    made = Alert(
        id=identifiers.alert_id(at),
        key_id=key_id,
        key_name="a key",
        owner_email="owner@example.com",
        enforcement=scope().enforcement,
        content=told,
        created_at=at,
        deliveries={"mail-0": Delivery("owner@example.com"), "topic": Delivery(None)},
    )
    return replace(made, **changes)


@pytest.fixture
def table(dynamodb, tables) -> AlertsTable:
    return AlertsTable(dynamodb, tables["AlertsTable"])


@pytest.mark.parametrize("budget", WatchedBudget)
@pytest.mark.parametrize("mark", [MARK, AlertState(), replace(MARK, look_again_at=None)])
def test_a_mark_is_read_as_it_was_stored(table, budget, mark):
    assert table.state(KEY, budget) == AlertState()
    table.advance(KEY, budget, AlertState(), mark, None)
    assert table.state(KEY, budget) == replace(mark, revision=1)
    others = [each for each in WatchedBudget if each is not budget]
    assert [table.state(KEY, each) for each in others] == [AlertState()]


@pytest.mark.parametrize(
    "told", [TOLD, BARE, replace(TOLD, recipients=())], ids=["full", "bare", "to nobody"]
)
def test_an_alert_is_read_as_it_was_put(table, told):
    put = alert(told=told, owner_email=None)
    table.put(put)
    assert table.get(KEY, put.id) == put
    assert table.get(OTHER, put.id) is None


def test_an_alert_whose_first_answer_got_lost_is_put_once(table):
    put = alert()
    table.put(put)
    table.put(put)
    assert table.history(KEY, 10, None)[0] == [put]


def test_a_mark_and_its_alert_are_stored_together_or_not_at_all(table):
    first, second = alert(), alert(NOW + MINUTE)
    table.advance(KEY, WatchedBudget.TOTAL, AlertState(), MARK, first)
    with pytest.raises(EditConflictError):
        table.advance(KEY, WatchedBudget.TOTAL, AlertState(), MARK, second)
    with pytest.raises(EditConflictError):
        table.advance(KEY, WatchedBudget.TOTAL, AlertState(), MARK, None)
    assert table.history(None, 10, None)[0] == [first]
    assert table.state(KEY, WatchedBudget.TOTAL).revision == 1


@pytest.mark.parametrize("tells", [True, False])
def test_of_many_that_move_a_mark_on_at_once_one_does(table, tells):
    seen = AlertState()
    for revision in range(1, 6):

        def advance(number: int, seen: AlertState = seen) -> bool:
            following = replace(MARK, passed=frozenset({number}))
            try:
                table.advance(KEY, WatchedBudget.TOTAL, seen, following, alert() if tells else None)
            except EditConflictError:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            won = list(pool.map(advance, range(8)))
        # A transaction is also refused for the sake of another one that is refused itself.
        assert sum(won) == 1 or (tells and not any(won))
        if not any(won):
            assert advance(0)
        seen = table.state(KEY, WatchedBudget.TOTAL)
        assert seen.revision == revision
        assert len(table.history(KEY, 100, None)[0]) == (revision if tells else 0)


@pytest.mark.parametrize("applies", [False, True], ids=["before", "after"])
def test_after_a_lost_answer_the_mark_says_whether_the_alert_is_there(table, applies):
    lossy = replace(table, client=LossyClient(table.client, {1}, applies=applies))
    with pytest.raises(Exception, match="Read timeout"):
        lossy.advance(KEY, WatchedBudget.TOTAL, AlertState(), MARK, alert())
    assert table.state(KEY, WatchedBudget.TOTAL).revision == int(applies)
    assert len(table.history(KEY, 10, None)[0]) == int(applies)


def test_a_delivery_belongs_to_one_until_its_time_is_over(table):
    put = alert()
    table.put(put)
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: table.claim(put, "topic", NOW, NOW + 2 * MINUTE), range(8)))
    (claimed,) = [each for each in claims if each]
    assert claimed.deliveries["topic"].claimed_until == NOW + 2 * MINUTE
    assert claimed.deliveries["mail-0"] == put.deliveries["mail-0"]
    assert table.claim(put, "topic", NOW + MINUTE, NOW + 3 * MINUTE) is None
    assert table.claim(put, "mail-0", NOW + MINUTE, NOW + 3 * MINUTE) is not None
    again = table.claim(put, "topic", NOW + 2 * MINUTE, NOW + 4 * MINUTE)
    assert again.deliveries["topic"].claimed_until == NOW + 4 * MINUTE


def test_what_was_sent_is_not_sent_again(table):
    put = alert()
    table.put(put)
    table.claim(put, "topic", NOW, NOW + MINUTE)
    confirmed = table.confirm(put, "topic", NOW + timedelta(seconds=1))
    assert confirmed == table.get(KEY, put.id)
    assert confirmed.deliveries["topic"] == Delivery(
        None, DeliveryState.SENT, attempts=1, sent_at=NOW + timedelta(seconds=1)
    )
    assert table.claim(put, "topic", NOW + 9 * MINUTE, NOW + 10 * MINUTE) is None
    assert table.note_failure(put, "topic", "too late", is_final=True) is None
    assert table.get(KEY, put.id) == confirmed


def test_what_failed_may_be_claimed_again_at_once_and_says_why(table):
    put = alert()
    table.put(put)
    table.claim(put, "mail-0", NOW, NOW + MINUTE)
    failed = table.note_failure(put, "mail-0", "no such mailbox", is_final=False)
    assert failed.deliveries["mail-0"] == Delivery("owner@example.com", attempts=1, error="no such mailbox")
    assert table.claim(put, "mail-0", NOW, NOW + MINUTE) is not None
    sent = table.confirm(put, "mail-0", NOW).deliveries["mail-0"]
    assert (sent.state, sent.attempts, sent.error) == (DeliveryState.SENT, 2, None)


def test_what_is_given_up_stays_so(table):
    put = alert()
    table.put(put)
    table.claim(put, "mail-0", NOW, NOW + MINUTE)
    given_up = table.note_failure(put, "mail-0", "x" * 2000, is_final=True).deliveries["mail-0"]
    assert given_up.state is DeliveryState.FAILED
    assert given_up.error == "x" * 500
    assert table.claim(put, "mail-0", NOW + 9 * MINUTE, NOW + 10 * MINUTE) is None


def test_alerts_that_do_not_exist_are_not_made_up(table):
    missing = alert()
    assert table.claim(missing, "topic", NOW, NOW + MINUTE) is None
    assert table.confirm(missing, "topic", NOW) is None
    assert table.note_failure(missing, "topic", "why", is_final=False) is None
    table.schedule_retry(missing, NOW)
    table.schedule_retry(missing, None)
    table.postpone(DueItem(KEY, f"alert#{missing.id}"), NOW, NOW + MINUTE)
    assert table.get(KEY, missing.id) is None
    assert table.due(NOW, 10) == []


def test_what_is_due_comes_in_its_order_at_its_time(table):
    late, early = alert(NOW), alert(NOW - MINUTE, OTHER)
    table.put(late)
    table.put(early)
    table.advance(KEY, WatchedBudget.QUOTA, AlertState(), MARK, None)
    nothing_to_do = alert(told=BARE, deliveries={})
    table.put(nothing_to_do)
    found = [
        DueItem(OTHER, f"alert#{early.id}"),
        DueItem(KEY, f"alert#{late.id}"),
        DueItem(KEY, "mark#quota"),
    ]
    assert table.due(NOW - 2 * MINUTE, 10) == []
    assert table.due(NOW, 10) == found[:2]
    assert table.due(NOW + MINUTE, 10) == found
    assert table.due(NOW + MINUTE, 1) == found[:1]
    assert [each.alert_id for each in found] == [early.id, late.id, None]


def test_a_mark_that_looks_no_more_is_not_due(table):
    table.advance(KEY, WatchedBudget.TOTAL, AlertState(), MARK, None)
    seen = table.state(KEY, WatchedBudget.TOTAL)
    table.advance(KEY, WatchedBudget.TOTAL, seen, replace(seen, look_again_at=None), None)
    assert table.due(NOW + 9 * MINUTE, 10) == []


def test_an_alert_is_due_again_when_it_is_said_to_be(table):
    put = alert()
    table.put(put)
    table.schedule_retry(put, NOW + 5 * MINUTE)
    assert table.due(NOW + 4 * MINUTE, 10) == []
    assert [each.alert_id for each in table.due(NOW + 5 * MINUTE, 10)] == [put.id]


def test_an_alert_stays_due_while_a_delivery_is_not_settled(table):
    put = alert()
    table.put(put)
    table.confirm(put, "topic", NOW)
    table.schedule_retry(put, None)
    assert len(table.due(NOW, 10)) == 1
    table.note_failure(put, "mail-0", "why", is_final=True)
    table.schedule_retry(put, None)
    assert table.due(NOW, 10) == []


def test_an_alert_that_was_settled_since_it_was_read_is_not_due_again(table):
    """Of two processes that are done with it at once, the slower one has read it before it was settled."""
    put = alert()
    table.put(put)
    for delivery in put.deliveries:
        table.confirm(put, delivery, NOW)
    table.schedule_retry(put, None)
    table.schedule_retry(put, NOW + MINUTE)
    assert table.due(NOW + 9 * MINUTE, 10) == []


def test_what_is_put_off_is_due_later_unless_it_was_settled_or_put_off_meanwhile(table):
    put = alert()
    table.put(put)
    (due,) = table.due(NOW, 10)
    table.postpone(due, NOW, NOW + 5 * MINUTE)
    assert table.due(NOW + 4 * MINUTE, 10) == []
    table.postpone(due, NOW, NOW + MINUTE)
    assert table.due(NOW + 4 * MINUTE, 10) == []
    for delivery in put.deliveries:
        table.confirm(put, delivery, NOW)
    table.schedule_retry(put, None)
    table.postpone(due, NOW, NOW + MINUTE)
    assert table.due(NOW + 9 * MINUTE, 10) == []


def pages(table, key_id, size):
    """All pages, and at most twenty."""
    after, found = None, []
    for _ in range(20):
        page, after = table.history(key_id, size, after)
        assert len(page) <= size
        found += page
        if after is None:
            return found
    raise AssertionError("The history has no end.")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 100])
def test_the_history_is_paged_from_the_newest_on_by_key_and_over_all(table, size):
    put = [alert(NOW + number * MINUTE, (KEY, OTHER)[number % 2]) for number in range(7)]
    for each in put:
        table.put(each)
    table.advance(KEY, WatchedBudget.TOTAL, AlertState(), MARK, None)
    assert pages(table, None, size) == put[::-1]
    assert pages(table, KEY, size) == [each for each in put[::-1] if each.key_id == KEY]
    assert pages(table, "key_unknown", size) == []


def test_an_alert_is_kept_for_longer_than_a_year(table):
    put = alert()
    table.put(put)
    (stored,) = table.client.scan(TableName=table.table)["Items"]
    assert int(stored["expires_at"]["N"]) == int((NOW + timedelta(days=400)).timestamp())
