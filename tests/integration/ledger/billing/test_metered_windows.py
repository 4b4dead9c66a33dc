"""What goes over from a metered quota's window into the next: nothing that was metered, and every split."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.integration.ledger.billing.test_billing_races import Interrupted
from tests.integration.ledger.billing.test_hybrid_billing import hybrid, recorded
from tests.support.builders import NOW, admission, record

TOMORROW = NOW + timedelta(days=1)


def next_day(ledgers, key, ledger=None):
    """A call that begins the next window."""
    ledgers.now = TOMORROW
    asked = admission(key, cost="0.2", at=TOMORROW, hold_until=TOMORROW + timedelta(minutes=2))
    return (ledger or ledgers.ledger).admit(asked)


def settle(ledgers, key, admitted, cost):
    ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost=cost))


def included(ledgers):
    return sum((each.billing.included for each in recorded(ledgers)), Decimal(0))


@pytest.mark.parametrize("factor", ["1", "1.5"])
@pytest.mark.parametrize("ends", ["before", "while assigned", "after"])
def test_what_was_metered_is_no_debt_of_the_next_window(ledgers, ends, factor):
    """Whether the call ends before that begins, after it, or in the midst of its settlement."""
    key = hybrid(ledgers, "1", carries=True, factor=factor, max_parallel=10)
    admitted = ledgers.admit(key, cost="3")
    said = record(admitted.request_id, key=key, cost="1.4")
    if ends == "while assigned":
        begins = Interrupted(ledgers.client, 3, lambda: next_day(ledgers, key))
        ledgers.on(begins).settle(admitted, said)
    for step in (settle, next_day) if ends == "before" else (next_day, settle) if ends == "after" else ():
        step(ledgers, key, *((admitted, "1.4") if step is settle else ()))
    assert recorded(ledgers)[0].billing.metered == Decimal("0.4") * Decimal(factor)
    assert ledgers.scope(key).quota.allowance == 1


@pytest.mark.parametrize(("cost", "allowance"), [("0.4", "1.6"), ("1", "1"), ("1.4", "1")])
@pytest.mark.parametrize("is_late", [False, True])
def test_what_was_not_used_goes_over_as_ever(ledgers, cost, allowance, is_late):
    key = hybrid(ledgers, "1", carries=True, max_parallel=10)
    admitted = ledgers.admit(key, cost="1.4")
    if is_late:
        next_day(ledgers, key)
    settle(ledgers, key, admitted, cost)
    if not is_late:
        next_day(ledgers, key)
    assert ledgers.scope(key).quota.allowance == Decimal(allowance)


def test_a_window_that_begins_forgets_nothing_that_is_included_at_that_moment(ledgers):
    key = hybrid(ledgers, "1", max_parallel=10)
    first, second, third = (ledgers.admit(key, cost="0.6") for _ in range(3))
    settle(ledgers, key, first, "0.1")
    between = Interrupted(ledgers.client, 2, lambda: settle(ledgers, key, second, "0.6"))
    next_day(ledgers, key, ledgers.on(between))
    settle(ledgers, key, third, "0.6")
    assert included(ledgers) == 1


@pytest.mark.parametrize("carries", [False, True])
def test_calls_that_all_end_late_share_what_their_window_has_included(ledgers, carries):
    key = hybrid(ledgers, "1", max_parallel=10, carries=carries)
    opened = [ledgers.admit(key, cost="0.6") for _ in range(3)]
    next_day(ledgers, key)
    for each in opened:
        settle(ledgers, key, each, "0.6")
    assert included(ledgers) == 1
    assert ledgers.scope(key).quota.allowance == 1
