"""What is told of a key besides its budgets, and that it is told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.builders import KEY, NOW, scope
from tollgate.alerts.alerts import AlertKind
from tollgate.alerts.events import key_events
from tollgate.alerts.events.key_events import EventState
from tollgate.alerts.news import RaiseNews
from tollgate.keys.pack_definitions import PackCategory, PackDefinition
from tollgate.ledger.billing.packs import Pack
from tollgate.ledger.policies.downgrades import Downgrade, DowngradeRule
from tollgate.ledger.policies.temporary_limits import Raise, RaisedBy
from tollgate.ledger.quotas import Quota
from tollgate.ledger.thresholds import Recipient
from tollgate.ledger.windows import Period, Schedule

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PACK = "pck_0123456789ab"
RULES = Downgrade((DowngradeRule("large", ("small",)),))


class Watched:
    """A key that is looked at: what is told of it, look by look."""

    def __init__(self, **agreed):
        self.state = EventState()
        self.agreed = agreed

    def look(self, key, at=NOW):
        decision = key_events.decide(key, self.definition, at, HOUR, self.state)
        self.state = replace(decision.state, revision=self.state.revision + 1)
        return list(decision.contents)

    def kinds(self, key, at=NOW):
        return [each.kind for each in self.look(key, at)]

    def definition(self, pack_id):
        made = PackDefinition(
            pack_id, KEY.key_id, Decimal(10), PackCategory.PAID, 1, NOW, NOW, name="July credits"
        )
        return replace(made, **self.agreed)


def pack(left="10", **changes):
    return replace(Pack(Decimal(10), Decimal(left), 1, NOW, NOW), **changes)


def with_pack(left="10", **changes):
    return scope(packs={PACK: pack(left, **changes)})


def metered(amount, *, window=NOW - DAY, **changes):
    schedule = Schedule(Period.MONTH)
    quota = Quota(
        limit=Decimal(10),
        schedule=schedule,
        starts_at=window,
        resets_at=window + 30 * DAY,
        allowance=Decimal(10),
        used=Decimal(10) + Decimal(amount),
        available=-Decimal(amount),
        included=Decimal(10),
        metered=Decimal(amount),
    )
    return scope(budget_limit=None, quota=quota, **changes)


def raised(limit="15", until=NOW + DAY, by=RaisedBy.POLICY, **changes):
    noted = Raise("total", Decimal(10), Decimal(limit), until, by, "r")
    return scope(budget_limit=limit, raises={"total": noted}, changes_at=until, **changes)


def test_nothing_is_told_of_a_key_that_has_nothing_of_it():
    watched = Watched()
    assert watched.look(scope(used="10")) == []
    assert replace(watched.state, revision=0) == EventState()


def test_a_pack_is_told_of_once_when_nine_tenths_are_used():
    watched = Watched()
    assert watched.kinds(with_pack("1.01")) == []
    (told,) = watched.look(with_pack("1"))
    assert (told.kind, told.percent, told.limit, told.used) == (AlertKind.PACK_NEARLY_USED, 90, 10, 9)
    assert (told.window, told.recipients) == ("pack", (Recipient.OWNER,))
    assert (told.news.pack_id, told.news.name) == (PACK, "July credits")
    assert watched.kinds(with_pack("1")) == watched.kinds(with_pack("0")) == []


def test_what_calls_give_back_and_draw_again_is_told_of_once():
    watched = Watched()
    assert [watched.kinds(with_pack(left)) for left in ("1", "1.5", "0.5")] == [
        [AlertKind.PACK_NEARLY_USED],
        [],
        [],
    ]


def test_each_pack_is_told_of_for_itself():
    watched = Watched()
    assert watched.kinds(with_pack("0")) == [AlertKind.PACK_NEARLY_USED]
    both = scope(packs={PACK: pack("0"), "pck_other": pack("0")})
    (told,) = watched.look(both)
    assert told.news.pack_id == "pck_other"


def test_what_was_told_of_a_pack_that_is_gone_is_forgotten():
    watched = Watched()
    watched.look(with_pack("0"))
    watched.look(scope())
    assert replace(watched.state, revision=0) == EventState()


def test_of_a_voided_pack_nothing_is_told():
    watched = Watched()
    assert watched.kinds(with_pack("0.5", expires_at=NOW + HOUR)) == []
    assert watched.kinds(with_pack("0.5", expires_at=NOW + HOUR)) == []


def test_a_pack_is_told_of_once_seven_days_before_it_ends():
    ends_at = NOW + 30 * DAY
    watched, key = Watched(expires_at=ends_at), with_pack("4", expires_at=ends_at)
    assert watched.look(key) == []
    assert watched.state.look_again_at == ends_at - 7 * DAY
    assert watched.look(key, ends_at - 7 * DAY - HOUR) == []
    (told,) = watched.look(key, ends_at - 7 * DAY)
    assert (told.kind, told.limit, told.used) == (AlertKind.PACK_EXPIRING, 10, 6)
    assert told.news.expires_at == ends_at
    assert watched.state.look_again_at is None
    assert watched.look(key, ends_at - DAY) == []


@pytest.mark.parametrize(
    ("left", "at"), [("0", NOW + 29 * DAY), ("4", NOW + 30 * DAY)], ids=["used", "expired"]
)
def test_what_has_nothing_to_lose_is_not_told_of(left, at):
    ends_at = NOW + 30 * DAY
    watched = Watched(expires_at=ends_at)
    kinds = watched.kinds(with_pack(left, expires_at=ends_at), at)
    assert AlertKind.PACK_EXPIRING not in kinds


def test_a_short_lived_pack_is_told_of_when_it_takes_effect():
    begins_at, ends_at = NOW + DAY, NOW + 3 * DAY
    watched = Watched(effective_at=begins_at, expires_at=ends_at)
    key = with_pack(effective_at=begins_at, expires_at=ends_at)
    assert watched.look(key) == []
    assert watched.state.look_again_at == begins_at
    assert watched.kinds(key, begins_at) == [AlertKind.PACK_EXPIRING]


def test_metering_is_told_of_once_in_each_window():
    watched = Watched()
    (told,) = watched.look(metered("0.5", overage_factor=Decimal("1.5"), overage_limit=Decimal(20)))
    assert (told.kind, told.window, told.limit, told.used) == (
        AlertKind.METERING,
        "month",
        10,
        Decimal("10.5"),
    )
    assert (told.news.factor, told.news.overage_limit) == (Decimal("1.5"), 20)
    assert told.recipients == (Recipient.OWNER, Recipient.ADMIN)
    assert watched.kinds(metered("0.6")) == []
    assert watched.kinds(metered("0", window=NOW)) == []
    assert watched.kinds(metered("0.1", window=NOW)) == [AlertKind.METERING]


def test_metering_that_is_told_while_its_call_is_open_has_used_what_is_metered():
    key = metered("0.5")
    (told,) = Watched().look(replace(key, quota=replace(key.quota, used=Decimal("9.7"))))
    assert told.used == Decimal("10.5")


def test_metering_in_a_window_that_is_over_is_told_of_all_the_same():
    assert Watched().kinds(metered("0.5"), NOW + 60 * DAY) == [AlertKind.METERING]


def test_downgrading_is_told_of_once_each_time_it_begins():
    watched = Watched()
    on, off = (scope(used="9.2", downgrade=RULES, downgrading=each) for each in (True, False))
    (told,) = watched.look(on)
    assert (told.kind, told.percent, told.window, told.used) == (
        AlertKind.DOWNGRADING,
        90,
        "total",
        Decimal("9.2"),
    )
    assert told.news.rules == (("large", ("small",)),)
    assert watched.kinds(on) == watched.kinds(off) == []
    assert watched.kinds(on, NOW + HOUR) == [AlertKind.DOWNGRADING]


def test_downgrading_is_not_told_of_while_packs_pay():
    """The latch may be of the call before: the next one takes it away."""
    watched, on = Watched(), scope(used="9.2", downgrade=RULES, downgrading=True)
    assert watched.kinds(replace(on, packs_left=Decimal(1))) == []
    assert watched.kinds(on) == [AlertKind.DOWNGRADING]


def test_downgrading_that_begins_again_within_the_debounce_is_told_of_when_that_is_over():
    watched = Watched()
    on, off = (scope(used="9.2", downgrade=RULES, downgrading=each) for each in (True, False))
    watched.look(on)
    watched.look(off)
    assert watched.kinds(on, NOW + HOUR / 2) == []
    assert watched.state.look_again_at == NOW + HOUR
    assert watched.kinds(on, NOW + HOUR) == [AlertKind.DOWNGRADING]
    assert watched.state.look_again_at is None


def test_downgrading_that_is_over_before_the_debounce_is_not_told_of():
    watched = Watched()
    on, off = (scope(used="9.2", downgrade=RULES, downgrading=each) for each in (True, False))
    for key in (on, off, on):
        watched.look(key)
    assert watched.kinds(off, NOW + HOUR) == []
    assert watched.state.look_again_at is None


def test_each_step_of_a_policy_is_told_of_once():
    watched = Watched()
    (told,) = watched.look(raised("15"))
    assert (told.kind, told.limit) == (AlertKind.LIMIT_RAISED, 15)
    assert told.news == RaiseNews(Decimal(10), Decimal(15), NOW + DAY)
    assert told.recipients == (Recipient.OWNER, Recipient.ADMIN)
    assert watched.state.look_again_at == NOW + DAY
    assert watched.kinds(raised("15")) == []
    assert watched.kinds(raised("20")) == [AlertKind.LIMIT_RAISED]


def test_a_limit_that_ends_is_told_of_once():
    watched, key = Watched(), raised()
    watched.look(key)
    (told,) = watched.look(key, NOW + DAY)
    assert (told.kind, told.limit, told.news.limit) == (AlertKind.LIMIT_FELL_BACK, 10, 15)
    assert watched.state.look_again_at is None
    assert watched.look(key, NOW + DAY) == watched.look(scope(), NOW + DAY) == []


def test_of_an_approved_limit_nothing_is_told_here():
    watched, key = Watched(), raised(by=RaisedBy.APPROVAL)
    assert watched.look(key) == watched.look(key, NOW + DAY) == []
    assert watched.state.look_again_at is None


def test_a_temporary_limit_that_an_edit_has_ended_is_not_told_of():
    watched = Watched()
    watched.look(raised())
    assert watched.look(scope(budget_limit="12")) == []
    assert watched.look(scope(budget_limit="12"), NOW + DAY) == []


def test_one_whose_limit_was_edited_after_it_would_have_ended_is_not_told_of():
    watched = Watched()
    watched.look(raised())
    assert watched.look(scope(budget_limit="12"), NOW + DAY) == []


def test_several_things_at_once_are_told_of_one_by_one():
    tight = {"downgrade": RULES, "downgrading": True, "budget_used": raised().budget_limit}
    key = replace(raised(), packs={PACK: pack("0")}, **tight)
    assert set(Watched().kinds(key)) == {
        AlertKind.PACK_NEARLY_USED,
        AlertKind.DOWNGRADING,
        AlertKind.LIMIT_RAISED,
    }


def test_of_a_key_that_is_gone_nobody_has_to_be_reminded():
    watched = Watched()
    watched.look(raised())
    assert key_events.gone(watched.state) == EventState(revision=watched.state.revision)
