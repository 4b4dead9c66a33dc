"""What a key has spent of late, by its own count: checked against the charges themselves."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import KEY, NOW, scope
from tollgate.alerts.alerts import MIN_SPAN, Spending, SpendingBurst
from tollgate.alerts.spending_samples import SLOT, Sample
from tollgate.alerts.store.fresh_spending import FreshSpending
from tollgate.aws import dynamodb
from tollgate.ledger.billing.packs import Pack
from tollgate.ledger.holds import Hold, HoldParts
from tollgate.ledger.store import scope_items
from tollgate_alerts.triggers import sample_triggers

if TYPE_CHECKING:
    from tollgate.ledger.scopes import Scope

DAY, HOUR, MINUTE, SECOND = (timedelta(**{unit: 1}) for unit in ("days", "hours", "minutes", "seconds"))

PACK = "pck_0123456789ab"


@dataclass
class Kept:
    """The samples of one key, as the table keeps them: the first that came of a moment."""

    found: dict[datetime, Sample] = field(default_factory=dict)

    def first(self, _key_id: str, since: datetime, until: datetime) -> Sample | None:
        return min(self._between(since, until), key=lambda each: each.at, default=None)

    def last(self, _key_id: str, since: datetime, until: datetime) -> Sample | None:
        return max(self._between(since, until), key=lambda each: each.at, default=None)

    def _between(self, since: datetime, until: datetime) -> list[Sample]:
        return [sample for at, sample in self.found.items() if since <= at <= until]


@dataclass
class Key:
    """A key with a budget, its stream, and what it was charged when."""

    state: Scope
    charges: list[tuple[datetime, Decimal]] = field(default_factory=list)
    kept: Kept = field(default_factory=Kept)
    summed: Decimal = Decimal(0)

    def charge(self, at: datetime, cost: Decimal | str) -> None:
        cost = Decimal(cost)
        after = replace(self.state, budget_used=self.state.budget_used + cost, last_used_at=at)
        wire = {"OldImage": image(self.state), "NewImage": image(after)}
        for sample in sample_triggers.samples_in([wire]):
            self.kept.found.setdefault(sample.at, sample)
        self.state = after
        self.charges.append((at, cost))

    def reset(self) -> None:
        used = self.state.budget_used
        self.state = replace(self.state, budget_used=Decimal(0), budget_reset=self.state.budget_reset + used)

    def since(self, moment: datetime) -> Decimal:
        return sum((cost for at, cost in self.charges if at >= moment), Decimal(0))

    def spending(self, now: datetime) -> Spending:
        sums: Any = SimpleNamespace(last_day=lambda *_: self.summed)
        kept: Any = self.kept
        return FreshSpending(kept, sums).spending_of(self.state, now)


def image(state: Scope) -> dict[str, Any]:
    return dynamodb.item(scope_items.to_item(state))


class KeyWithPack(Key):
    """A key whose calls a pack pays first: its draws are noted in the call's hold before that is closed."""

    def charge(self, at: datetime, cost: Decimal | str) -> None:
        cost, pack = Decimal(cost), self.state.packs[PACK]
        drawn = min(cost, pack.left)
        parts = HoldParts(cost, {PACK: drawn} if drawn else {})
        hold = Hold(Decimal(1), 10, at, at + HOUR, key_id=KEY.key_id, parts=parts)
        left = replace(pack, left=pack.left - drawn)
        self.state = replace(self.state, packs={PACK: left}, holds={"req_1": hold})
        assert self.spending(at).last_day == self.since(at - DAY)
        rest = self.state
        closed = replace(rest, budget_used=rest.budget_used + cost - drawn, holds={}, last_used_at=at)
        wire = {"OldImage": image(self.state), "NewImage": image(closed)}
        for sample in sample_triggers.samples_in([wire]):
            self.kept.found.setdefault(sample.at, sample)
        self.state = closed
        self.charges.append((at, cost))


def a_key(*, age: timedelta = 10 * DAY, **changes: Any) -> Key:
    return Key(scope(KEY, created_at=NOW - age, **changes))


# Mostly close to each other, and now and then far apart.
PAUSES = st.one_of(
    st.integers(1, 20_000).map(lambda ms: timedelta(milliseconds=ms)),
    st.integers(1, 900).map(lambda seconds: seconds * SECOND),
    st.integers(1, 30).map(lambda hours: hours * HOUR),
)
COSTS = st.decimals("0.0001", "0.3", places=4)
CHARGES = st.lists(st.tuples(PAUSES, COSTS, st.sampled_from([False] * 9 + [True])), min_size=1, max_size=60)


@given(charges=CHARGES, age=st.sampled_from([SECOND, 3 * HOUR, 10 * DAY]), wait=st.integers(0, 60))
def test_what_is_told_agrees_with_the_charges_up_to_that_moment(charges, age, wait):
    key, now = a_key(age=age, budget_limit="5"), NOW
    for pause, cost, resets in charges:
        now += pause
        key.charge(now, cost)
        if resets:
            key.reset()
        told = key.spending(now)
        assert key.since(now - DAY) <= told.last_day <= key.since(now - DAY - SLOT)
        if told.burst is not None:
            assert told.burst.amount == key.since(now - told.burst.span)
    # A look that comes a little later has no other records.
    later = key.spending(now + wait * SECOND)
    assert later.last_day >= key.since(now + wait * SECOND - DAY)


@given(charges=CHARGES, burst=st.lists(COSTS, min_size=2, max_size=40))
def test_a_burst_in_a_minute_is_the_rate_that_is_told(charges, burst):
    """Unless the time before was as busy: no less than half of what the minute proves, or the day."""
    key, now = a_key(budget_limit="1"), NOW - 20 * HOUR
    for pause, cost, _ in charges:
        now += pause
        key.charge(now, cost)
    now += 7 * MINUTE
    for cost in burst:
        now += MINUTE / (len(burst) + 1)
        key.charge(now.replace(microsecond=0), cost)
    told = key.spending(now)
    assert told.per_day >= sum(burst) * Decimal(DAY / MIN_SPAN) / 2


def test_a_first_minute_says_what_it_proves():
    """What was seen: $0.0258 in a minute, told as half a cent in a day with hours to go."""
    key = a_key(age=40 * DAY, budget_limit="0.03")
    for second in range(43):
        key.charge(NOW + second * SECOND, "0.0006")
    told = key.spending(NOW + 42 * SECOND)
    assert told == Spending(Decimal("0.0258"), burst=SpendingBurst(Decimal("0.0258"), 42 * SECOND))
    assert told.per_day == Decimal("0.0258") * 24 * 60


@pytest.mark.parametrize("amount", ["2.5", "100"])
def test_what_packs_pay_was_spent_as_well(amount):
    pack = Pack(Decimal(amount), Decimal(amount), 1, NOW - 20 * DAY, NOW - 20 * DAY)
    key = KeyWithPack(scope(KEY, created_at=NOW - 10 * DAY, budget_limit="9", packs={PACK: pack}))
    for hours, cost in ((0, "1"), (30, "1.25"), (31, "1.5"), (32, "2")):
        key.charge(NOW + hours * HOUR, cost)
    assert key.spending(NOW + 32 * HOUR).last_day == Decimal("4.75")
    filed = replace(key.state, packs={}, packs_paid=Decimal(amount) - key.state.packs[PACK].left)
    key.state = replace(filed, packs={"pck_other": pack})
    assert key.spending(NOW + 32 * HOUR).last_day == Decimal("4.75")


def test_a_new_key_is_measured_by_its_own_age():
    key = a_key(age=2 * HOUR, budget_limit="10")
    key.charge(NOW - HOUR, "1")
    assert key.spending(NOW) == Spending(Decimal(1), span=2 * HOUR)
    assert key.spending(NOW).per_day == 12


def test_what_goes_on_as_ever_is_no_burst():
    key = a_key(budget_limit="1000")
    for minute in range(24 * 60):
        key.charge(NOW - DAY + minute * MINUTE, "0.01")
    told = key.spending(NOW)
    assert told.burst is None
    assert Decimal("14.4") <= told.last_day <= Decimal("14.45")


def test_who_has_spent_nothing_for_a_day_has_spent_nothing():
    key = a_key()
    key.charge(NOW - 25 * HOUR, "1")
    assert key.spending(NOW).last_day == 0
    assert a_key().spending(NOW).last_day == 0


@pytest.mark.parametrize(("summed", "told"), [("0", "1"), ("2", "2"), ("100", "4")])
def test_where_samples_are_missing_the_sums_count_within_what_is_known(summed, told):
    """As on the first day after an update, or after a time without a budget."""
    key = a_key()
    key.charge(NOW - 20 * HOUR, "3")
    key.charge(NOW - HOUR, "1")
    key.kept.found.pop(NOW - 20 * HOUR)
    key.summed = Decimal(summed)
    assert key.spending(NOW).last_day == Decimal(told)


def test_a_reset_takes_nothing_from_what_was_spent():
    key = a_key()
    key.charge(NOW - HOUR, "3")
    key.reset()
    key.charge(NOW, "1")
    assert key.spending(NOW).last_day == 4


def test_a_charge_is_sampled_once_a_slot_and_once_a_percent():
    key, start = a_key(budget_limit="10"), NOW.replace(minute=0, second=0, microsecond=0)
    for second in range(10):
        key.charge(start + second * SECOND, "0.001")
    assert list(key.kept.found) == [start]
    key.charge(start + 20 * SECOND, "0.1")
    key.charge(start + 30 * SECOND, "0.001")
    key.charge(start + SLOT, "0.001")
    assert list(key.kept.found) == [start, start + 20 * SECOND, start + SLOT]


@pytest.mark.parametrize("images", [{}, {"NewImage": image(scope())}, {"OldImage": image(scope())}])
def test_a_key_that_comes_or_goes_was_charged_nothing(images):
    assert sample_triggers.samples_in([images]) == []


def test_a_quota_of_nothing_has_no_percents():
    key = a_key(budget_limit="0")
    key.charge(NOW, "0")
    key.charge(NOW + SECOND, "0")
    assert list(key.kept.found) == [NOW]
