"""Keys, holds and records of version 0.1: no migration comes before the first call of the next one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from aws_wire.attribute_values import values
from tests.support import old_items
from tests.support.audit_world import AuditWorld
from tests.support.builders import NOW, admission, hold, record
from tests.support.faults import KilledError, MortalClient
from tests.support.ledger_world import LATER
from tollgate import identifiers
from tollgate.aws import dynamodb as dynamodb_adapter
from tollgate.keys import api_keys, rotations
from tollgate.ledger.admissions import AdmittedRequest, ScopeHold
from tollgate.ledger.claims import Claim
from tollgate.ledger.holds import AbandonedPolicy, HoldForm
from tollgate.ledger.quotas import QuotaSettings
from tollgate.ledger.scopes import Enforcement
from tollgate.ledger.store.sweeper import Sweeper
from tollgate.ledger.windows import Period, Schedule
from tollgate.reconcile import repairs
from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from tollgate.ledger.scopes import Scope

APRIL = NOW + timedelta(days=30)
MONTHLY = QuotaSettings(limit=Decimal(5), schedule=Schedule(Period.MONTH))
SPENT = identifiers.request_id(NOW)


class OldWorld(AuditWorld):
    """A key and the one above it, of which a call has taken 2 USD, and another one is open for 0.5."""

    def __init__(self, dynamodb: Any, tables: dict[str, str]) -> None:
        super().__init__(dynamodb, tables)
        self.key, self.root = api_keys.issue(), api_keys.issue()
        self.open_id = identifiers.request_id(NOW)
        self.put(
            old_items.holding(
                old_items.key_item(self.key, parent_id=self.root.key_id), self.open_id, old_items.own_hold()
            )
        )
        self.put(
            old_items.holding(old_items.key_item(self.root), self.open_id, old_items.ancestors_hold(self.key))
        )
        self.put_record(SPENT, "2")

    def put(self, item: dict[str, Any]) -> None:
        self.raw.put_item(TableName=self.keys.table, Item=values(item))

    def put_record(self, request_id: str, cost: str) -> None:
        item = old_items.record_item(request_id, self.key, self.root, cost=cost)
        self.raw.put_item(TableName=self.ledger.usage_table, Item=values(item))

    @property
    def both(self) -> list[Scope]:
        return [self.scope(self.key), self.scope(self.root)]

    @property
    def open_request(self) -> AdmittedRequest:
        """As whoever finishes it knows it."""
        holding = tuple(ScopeHold(each, each.holds[self.open_id]) for each in self.both)
        return AdmittedRequest(self.open_id, holding, Claim(Decimal("0.5"), 1100, 1000))

    def assert_used(self, amount: str) -> None:
        for each in self.both:
            assert (each.budget_used, each.quota.used) == (Decimal(amount), Decimal(amount))
        assert self.spent() == Decimal(amount)
        assert self.audit(LATER + timedelta(minutes=1)).run().drifts == ()

    def raw_item(self, key: api_keys.ApiKey) -> dict[str, Any]:
        found = dynamodb_adapter.get(self.raw, self.keys.table, key_id=key.key_id)
        assert found
        return found


@pytest.fixture
def old(dynamodb, tables) -> OldWorld:
    return OldWorld(dynamodb, tables)


def test_a_call_goes_beside_one_that_is_open_in_the_old_form(old):
    admitted = old.admit(old.key, cost="0.5")
    assert [len(each.holds) for each in old.both] == [2, 2]
    assert type(old.raw_item(old.key)["holds"][old.open_id]) is dict
    assert type(old.raw_item(old.key)["holds"][admitted.request_id]) is list

    old.ledger.settle(admitted, old.record(admitted, old.key, cost="0.25"))
    assert [list(each.holds) for each in old.both] == [[old.open_id]] * 2
    assert [each.budget_held for each in old.both] == [Decimal("0.5")] * 2


@pytest.mark.parametrize("dies", [False, True])
def test_a_call_may_be_open_as_version_0_1_reads_it(old, dies):
    """Of either version, and so of both at once on a key and the one above it."""
    named = replace(old.ledger, hold_form=HoldForm.NAMED)
    admitted = named.admit(admission(old.key, cost="0.5"))
    for key, as_of_old in ((old.key, old_items.own_hold()), (old.root, old_items.ancestors_hold(old.key))):
        assert old.raw_item(key)["holds"][admitted.request_id].keys() == as_of_old.keys()
    if dies:
        old.sweep(old.root, old.key)
        assert [each.holds for each in old.both] == [{}, {}]
        old.assert_used("3")  # what was open of either version is charged whole
    else:
        old.ledger.settle(admitted, old.record(admitted, old.key, cost="0.25"))
        old.ledger.settle(old.open_request, old.record(old.open_request, old.key, cost="0.5"))
        old.assert_used("2.75")


def test_what_an_old_hold_reserves_nobody_else_gets(old):
    """Of 3 USD in the month 0.5 are held."""
    with pytest.raises(RefusedError) as refused:
        old.admit(old.key, cost="2.6")
    assert refused.value.reason is Reason.BUDGET_HELD
    old.admit(old.key, cost="2.5")


@pytest.mark.parametrize("times", [1, 2])
def test_an_old_hold_is_settled_once_however_often_it_is_tried(old, times):
    admitted = old.open_request
    for _ in range(times):
        old.ledger.settle(admitted, old.record(admitted, old.key, cost="0.25"))
    assert [each.holds for each in old.both] == [{}, {}]
    old.assert_used("2.25")


def test_an_old_hold_of_another_amount_is_not_closed(old):
    admitted = old.open_request
    opened = [replace(each, hold=hold("0.4")) for each in admitted.opened]
    for each in opened:
        each.scope.holds.stored[old.open_id]["amount"] = Decimal("0.4")  # as nobody has seen it
    old.ledger.settle(replace(admitted, opened=tuple(opened)), old.record(admitted, old.key, cost="0.25"))
    old.assert_used("2.25")


@pytest.mark.parametrize("applies", [True, False])
@pytest.mark.parametrize("write", [1, 2, 3])
def test_a_settlement_of_an_old_hold_that_dies_is_finished_by_the_sweep(old, write, applies):
    admitted = old.open_request
    dying = old.on(MortalClient(old.client, write, applies=applies))
    with pytest.raises(KilledError):
        dying.settle(admitted, old.record(admitted, old.key, cost="0.25"))
    old.sweep(old.root, old.key)
    assert [each.holds for each in old.both] == [{}, {}]
    old.assert_used("2.25" if write > 1 or applies else "2.5")


@pytest.mark.parametrize(
    ("policy", "cost"),
    [
        (AbandonedPolicy.CHARGE, "2.5"),
        (AbandonedPolicy.CHARGE_INPUT, "2.1"),
        (AbandonedPolicy.RELEASE, "2"),
    ],
)
def test_an_old_hold_whose_process_died_is_swept(old, policy, cost):
    ledger = replace(old.ledger, abandoned=policy)
    assert Sweeper(ledger, clock=lambda: LATER).run().abandoned == 1
    assert [each.holds for each in old.both] == [{}, {}]
    old.assert_used(cost)
    (swept,) = [each for each in old.records if each["request_id"] == old.open_id]
    assert swept["price_version"] == "mdl_81db8ebbbbc69c6c6ad4:1"


def test_an_old_hold_is_swept_at_the_cost_of_its_old_record(old):
    old.put_record(old.open_id, "0.3")
    assert Sweeper(old.ledger, clock=lambda: LATER).run().abandoned == 0
    old.assert_used("2.3")


def test_a_late_duplicate_opens_no_second_hold_over_an_old_one(old):
    before = [(each.budget_available, dict(each.holds)) for each in old.both]
    old.admit(old.key, request_id=old.open_id, cost="1")
    assert [(each.budget_available, dict(each.holds)) for each in old.both] == before


def test_an_old_minute_goes_on_being_counted(old):
    limited = old_items.key_item(
        old.key, rpm_limit=Decimal(3), rates={"r29558349": Decimal(1)}, parent_id=old.root.key_id
    )
    old.put(limited)
    old.admit(old.key, cost="0.1")
    with pytest.raises(RefusedError) as refused:
        old.admit(old.key, cost="0.1")
    assert refused.value.reason is Reason.RATE_LIMIT_EXCEEDED


def test_an_old_window_is_followed_by_a_new_one_while_an_old_hold_is_open(old):
    admitted = old.admit(old.key, cost="4", at=APRIL, hold_until=APRIL + timedelta(minutes=2))
    assert [each.quota.starts_at for each in old.both] == [
        APRIL.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    ] * 2
    assert [each.quota.available for each in old.both] == [Decimal(1)] * 2

    late = old.open_request
    old.ledger.settle(late, old.record(late, old.key, cost="0.25"))
    assert [(each.budget_used, each.quota.used) for each in old.both] == [(Decimal("2.25"), 0)] * 2
    old.ledger.settle(admitted, old.record(admitted, old.key, cost="3", completed_at=APRIL))
    assert [each.quota.used for each in old.both] == [Decimal(3)] * 2


def test_settings_of_an_old_key_are_edited_and_the_others_stay(old):
    before = old.scope(old.key)
    after = old.edit(old.key, name="another", keep_bodies=True, budget_limit=Decimal(12))
    assert after == replace(
        before,
        name="another",
        keep_bodies=True,
        budget_limit=Decimal(12),
        budget_available=before.budget_available + 2,
        revision=2,
    )
    cleared = old.edit(old.key, keep_bodies=False)
    assert (cleared.keep_bodies, "keep_bodies" in old.raw_item(old.key)) == (False, False)
    assert old.audit().run().drifts == ()


def test_a_quota_begins_anew_on_an_old_key_with_holds_of_both_forms(old):
    admitted = old.admit(old.key, cost="0.5")
    seen = old.scope(old.key)
    weekly = seen.quota.resettled(replace(MONTHLY, schedule=Schedule(Period.WEEK)))
    edited = old.keys.edit(seen, replace(seen, quota=weekly, updated_at=NOW + timedelta(seconds=1)))
    assert (edited.quota.used, edited.quota.available) == (0, 5)

    for request in (admitted, old.open_request):
        old.ledger.settle(request, old.record(request, old.key, cost="0.25"))
    assert (old.scope(old.key).budget_used, old.scope(old.key).quota.used) == (Decimal("2.5"), 0)


def test_what_an_old_key_has_used_is_reset(old):
    old.keys.reset_used(old.scope(old.key), NOW)
    found = old.scope(old.key)
    assert (found.budget_used, found.budget_reset, found.quota.reset) == (0, 2, 2)
    assert old.audit().run().drifts == ()


def test_an_old_secret_gets_a_successor_and_both_are_let_in(old):
    seen, new = old.scope(old.key), api_keys.issue(old.key.key_id)
    old.keys.edit(seen, rotations.rotated(seen, new.secret_hash, NOW, timedelta(days=1)))
    assert old.spend(old.key, "0.1") is not None
    assert old.spend(new, "0.1") is not None
    with pytest.raises(RefusedError) as refused:
        old.admit(replace(new, secret="0" * 32))
    assert refused.value.reason is Reason.INVALID_API_KEY


@pytest.mark.parametrize("hidden", ["budget_used", "budget_available", "quota_used", "quota_available"])
def test_drift_of_an_old_key_is_found_and_repaired(old, hidden):
    old.raw_add(old.key, hidden, Decimal("0.125"))
    report = old.audit(client=old.raw).run([old.key.key_id])
    assert report.drifts
    repair = repairs.repair(report.scopes[old.key.key_id], report.drifts)
    for counter, addition in repair.additions.items():
        old.raw_add(old.key, counter, addition)
    assert old.audit().run().drifts == ()


def test_an_old_key_is_soft_only_if_it_says_so(old):
    assert old.scope(old.key).enforcement is Enforcement.HARD
    nearly_used = {"quota_used": Decimal("4.9"), "quota_available": Decimal("0.1")}
    old.put(old_items.key_item(old.root, enforcement="soft", **nearly_used))
    old.put(old_items.key_item(old.key, parent_id=old.root.key_id))
    old.admit(old.key, cost="1")


def test_an_old_record_decides_the_charge_of_a_new_one(old):
    old.put_record(old.open_id, "0.3")
    admitted = old.open_request
    old.ledger.settle(admitted, record(old.open_id, key=old.key, cost="0.4"))
    old.assert_used("2.3")


def test_the_quota_of_an_old_key_is_taken_away_and_set_again(old):
    """What is left of its schedule in the item is no schedule."""
    seen = old.scope(old.key)
    without = seen.quota.resettled(QuotaSettings())
    edited = old.keys.edit(seen, replace(seen, quota=without, updated_at=NOW + timedelta(seconds=1)))
    assert edited.quota.schedule is None
    old.admit(old.key, cost="0.5", at=NOW + timedelta(seconds=2))

    monthly = replace(edited, quota=edited.quota.resettled(MONTHLY), updated_at=NOW + timedelta(seconds=3))
    assert old.keys.edit(old.scope(old.key), monthly).quota.schedule == MONTHLY.schedule
