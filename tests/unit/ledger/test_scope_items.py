"""A scope survives being an item of the keys table."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from operator import attrgetter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_wire.attribute_values import plain
from tests.support import old_items
from tests.support.builders import KEY, NOW, hold, scope
from tollgate.aws.dynamodb import epoch, item, moment
from tollgate.catalog import catalog
from tollgate.keys import api_keys
from tollgate.ledger.billing.billing_modes import BillingMode, Overage
from tollgate.ledger.billing.packs import Pack
from tollgate.ledger.holds import HeldCall, HoldForm, HoldParts
from tollgate.ledger.key_settings import SETTINGS
from tollgate.ledger.policies.automatic_increase import AutomaticIncrease, StepsTaken
from tollgate.ledger.policies.downgrades import Downgrade, DowngradeRule
from tollgate.ledger.policies.priority_reserves import ClassReserve, PriorityReserves, ReservePolicy
from tollgate.ledger.policies.temporary_limits import Raise, RaisedBy
from tollgate.ledger.quotas import PastWindow, Quota
from tollgate.ledger.records import RecordKind
from tollgate.ledger.scopes import Enforcement, KeyStatus, Priority, Scope
from tollgate.ledger.store.hold_items import hold_to_item, to_hold
from tollgate.ledger.store.scope_items import thresholds_to_item, to_item, to_scope
from tollgate.ledger.thresholds import DEFAULT_THRESHOLDS, Level, Recipient, Threshold
from tollgate.ledger.windows import Period, Schedule
from tollgate.pricing.price_terms import ScheduledFactor


def stored_and_read(written):
    """The scope after a way through DynamoDB's wire format."""
    return to_scope(plain(item(to_item(written))))


TOMORROW = NOW + timedelta(days=1)
CALL = HeldCall("small", RecordKind.COMPLETION, "mdl_small:1", 100, Decimal("0.1"), streamed=True)
SCOPES = {
    "a key with nothing but its budget": scope(),
    "a key without a limit": scope(budget_limit=None, used="3.5"),
    "a budget that was passed": scope(budget_limit="0", used="0.000000000000000001"),
    "the largest budget to the last digit": scope(
        budget_limit="999999999999.999999999999999999", used="1E-18"
    ),
    "a revoked key": scope(status=KeyStatus.REVOKED),
    "a key with everything": scope(
        api_keys.issue(),
        budget_limit="12",
        used="1.25",
        name="another name",
        status=KeyStatus.REVOKED,
        created_at=NOW - timedelta(days=2),
        updated_at=NOW - timedelta(days=1),
        enforcement=Enforcement.HARD,
        holds={"req_1": hold("0", call=CALL), "req_2": hold("0.5", key_id="key_below")},
        quota=Quota(
            starts_at=NOW,
            resets_at=NOW + timedelta(days=7),
            limit=Decimal(5),
            schedule=Schedule(Period.WEEK, "Asia/Kolkata", 7),
            carries_unused=True,
            carries_overspend=True,
            allowance=Decimal("4.5"),
            used=Decimal(1),
            available=Decimal(3),
            reset=Decimal("0.25"),
            included=Decimal("0.75"),
            metered=Decimal("0.25"),
            past=PastWindow(
                NOW - timedelta(days=7),
                Decimal(5),
                Decimal("5.5"),
                Decimal(0),
                2,
                Decimal(1),
                included=Decimal(5),
                metered=Decimal("0.5"),
            ),
            raised=Decimal("0.5"),
        ),
        billing_mode=BillingMode.HYBRID,
        cost_centre="CC-4711",
        overage=Overage.METERED,
        overage_limit=Decimal("2.5"),
        overage_factor=Decimal("1.2"),
        packs={
            "pck_1": Pack(Decimal(9), Decimal("0.5"), 1, NOW, NOW),
            "pck_2": Pack(
                Decimal(9),
                Decimal(5),
                -1,
                NOW,
                NOW - timedelta(hours=1),
                NOW + timedelta(days=1),
                is_promotional=True,
                models=frozenset({"small", "large"}),
                free=Decimal(4),
            ),
        },
        packs_left=Decimal("0.5"),
        packs_paid=Decimal("1.5"),
        raises={
            "total": Raise("total", Decimal(10), Decimal(12), TOMORROW, RaisedBy.POLICY, "step 1"),
            "week": Raise("week", Decimal("4.5"), Decimal(5), TOMORROW, RaisedBy.APPROVAL, "breq_1"),
        },
        changes_at=TOMORROW,
        steps_taken={"total": StepsTaken(1, NOW), "week": StepsTaken(2, NOW, NOW - timedelta(days=1))},
        automatic_increase=AutomaticIncrease(None, 10, Decimal(5), 90, 3, 7200, 60),
        priority_reserves=PriorityReserves(
            {
                Priority.LOW: ClassReserve(70, ReservePolicy.DOWNGRADE),
                Priority.NORMAL: ClassReserve(95, ReservePolicy.PASS),
                Priority.HIGH: ClassReserve(99),
            },
            10,
        ),
        parent_id="key_above",
        moved_at=NOW,
        budget_reset=Decimal(2),
        rpm_limit=60,
        tpm_limit=1000,
        max_parallel=3,
        rates={"r29557989": 59, "t29557989": 800},
        closed={"req_0": NOW + timedelta(minutes=10)},
        overcommit=False,
        revision=7,
        last_used_at=NOW,
        expires_at=NOW + timedelta(days=30),
        allowed_models=frozenset({"small", "provider/large:latest"}),
        owner_email="owner@example.com",
        external_id="42",
        managed_by="platform/keys",
        tags={"team": "räume", "empty": ""},
        thresholds=(Threshold(50, Level.WARNING, (Recipient.ADMIN, Recipient.OWNER)),),
        alert_debounce_seconds=0,
        old_secrets={"0" * 64: NOW + timedelta(days=1)},
        price_factor=Decimal("1.5"),
        model_price_factors={"small": Decimal("0.8"), "provider/large:latest": Decimal(0)},
        scheduled_price_factors=(
            ScheduledFactor(Decimal("0.9"), NOW, NOW + timedelta(days=30), frozenset({"small", "large"})),
            ScheduledFactor(Decimal(1)),
        ),
        minimum_fee=Decimal("0.0001"),
        safety_level=0,
        priority=Priority.CRITICAL,
        keep_bodies=True,
        budget_refusal_status=402,
        manage_children=True,
        self_named=True,
        downgrade=Downgrade(
            (DowngradeRule("large", ("small", "tiny")), DowngradeRule("fast", ("small",))),
            enter_percent=95,
            exit_percent=85,
            switch_conversations=True,
        ),
        downgrading=True,
    ),
    "a key with a usual downgrade": scope(downgrade=Downgrade((DowngradeRule("large", ("small",)),))),
    "a key that warns no one": scope(thresholds=()),
}


@pytest.mark.parametrize("written", SCOPES.values(), ids=SCOPES)
def test_a_key_comes_back_as_it_was_stored(written):
    assert stored_and_read(written) == written


def test_a_key_of_version_0_1_is_read():
    items = old_items.holding(old_items.key_item(KEY), "req_1", old_items.own_hold())
    items = old_items.holding(items, "req_2", old_items.ancestors_hold(KEY, "0.25"))
    version = f"{catalog.model_id('small')}:1"
    call = HeldCall("small", RecordKind.COMPLETION, version, 100, Decimal("0.1"), streamed=False)
    assert to_scope(plain(item(items))) == scope(
        name="an old key",
        enforcement=Enforcement.HARD,
        used="2",
        budget_available=Decimal("7.25"),
        max_parallel=100,
        price_factor=Decimal(1),
        owner_email="owner@example.com",
        allowed_models=frozenset({"small", "large"}),
        tags={"team": "search"},
        quota=Quota(
            starts_at=datetime(2026, 3, 1, tzinfo=UTC),
            resets_at=datetime(2026, 4, 1, tzinfo=UTC),
            limit=Decimal(5),
            schedule=Schedule(Period.MONTH),
            allowance=Decimal(5),
            used=Decimal(2),
            available=Decimal("2.25"),
        ),
        rates={"r29558349": 10**12 - 1, "t29558349": 10**12 - 1100},
        holds={
            "req_1": hold(tokens=1100, call=call),
            "req_2": hold("0.25", tokens=1100, key_id=KEY.key_id),
        },
        last_used_at=NOW,
    )


def test_version_0_1_finds_what_it_cannot_do_without():
    """It reads whole keys, and this of all of them."""
    needed = {
        "key_id",
        "name",
        "secret_hash",
        "status",
        "enforcement",
        "revision",
        "created_at",
        "updated_at",
    }
    needed |= {"budget_used", "budget_available", "budget_reset", "rates", "holds", "closed"}
    needed |= {
        f"quota_{name}" for name in ("starts_at", "resets_at", "allowance", "used", "available", "reset")
    }
    stored = item(to_item(scope()))
    assert needed <= stored.keys()
    assert stored["created_at"] == {"S": "2026-03-14T15:09:26.535Z"}


@pytest.mark.parametrize(
    "version", [f"{catalog.model_id('small')}:12", f"{catalog.model_id('small')}/prv_b:2.1", "mdl_small:1"]
)
@pytest.mark.parametrize("kind", RecordKind)
def test_a_hold_comes_back_as_it_was_stored(version, kind):
    held = hold(call=HeldCall("small", kind, version, 100, Decimal("0.1"), streamed=True))
    assert stored_and_read(scope(holds={"req_1": held})).holds == {"req_1": held}


CALL = HeldCall(
    "small", RecordKind.COMPLETION, "mdl_small:1", 100, Decimal("0.1"), streamed=True, price_factor=Decimal(2)
)


@pytest.mark.parametrize(
    "held",
    [
        hold(call=CALL),
        hold(key_id="key_child"),
        hold(call=CALL, reserved={"pck_a": Decimal("0.2")}),
        hold(call=CALL, parts=HoldParts(Decimal("0.4"), {"pck_a": Decimal("0.1")})),
        hold(
            key_id="key_child",
            parts=HoldParts(Decimal("0.4"), {}, Decimal("0.3"), Decimal("0.1")),
        ),
    ],
)
def test_a_hold_with_names_comes_back_as_it_was_stored(held):
    assert to_hold(hold_to_item(held, HoldForm.NAMED)) == held


def test_a_hold_with_names_has_all_that_version_0_1_reads_in_the_form_that_it_reads():
    """It takes what it knows by name, whatever else there is."""
    for held, old in (
        (hold(call=CALL), old_items.own_hold()),
        (hold(key_id=KEY.key_id), old_items.ancestors_hold(KEY)),
    ):
        named = hold_to_item(held, HoldForm.NAMED)
        assert named.keys() == old.keys()
        assert {name: type(value) for name, value in plain(item(named)).items()} == {
            name: type(value) for name, value in plain(item(old)).items()
        }
        if "call" in old:
            assert old["call"].keys() <= named["call"].keys()


def test_a_price_version_is_held_without_what_follows_from_the_model():
    versions = {"mdl_small:1": "mdl_small:1"}
    versions |= {f"{catalog.model_id('small')}{rest}": rest for rest in (":12", "/prv_b:2.1")}
    for version, rest in versions.items():
        call = HeldCall("small", RecordKind.COMPLETION, version, 100, Decimal("0.1"), streamed=True)
        assert hold_to_item(hold(call=call))[5] == rest


@given(
    limit=st.none() | st.decimals(0, 10**12, places=18),
    used=st.decimals(0, 10**12, places=18),
    held=st.decimals(0, 10**12, places=18),
)
@settings(max_examples=50, deadline=None)
def test_amounts_come_back_to_the_last_digit(limit, used, held):
    written = scope(
        budget_limit=None if limit is None else str(limit), used=str(used), holds={"r": hold(str(held))}
    )
    assert stored_and_read(written) == written


def test_nothing_of_a_key_with_everything_is_as_a_new_key_has_it():
    """So that a field that isn't stored and read can't go unnoticed."""
    full, new = SCOPES["a key with everything"], scope()
    same = {field.name for field in fields(Scope) if getattr(full, field.name) == getattr(new, field.name)}
    assert same == set()


def test_counts_come_back_as_whole_numbers():
    read = stored_and_read(scope(alert_debounce_seconds=3600, thresholds=DEFAULT_THRESHOLDS))
    assert type(read.revision) is int
    assert type(read.alert_debounce_seconds) is int
    assert type(stored_and_read(scope(safety_level=40)).safety_level) is int
    assert {type(each.percent) for each in read.thresholds} == {int}


def test_what_a_key_does_not_have_is_no_attribute():
    stored = item(to_item(scope(budget_limit=None)))
    absent = {
        "budget_limit",
        "expires_at",
        "last_used_at",
        "allowed_models",
        "owner_email",
        "external_id",
        "managed_by",
        "budget_alert_thresholds",
        "alert_debounce_seconds",
        "old_secrets",
        "safety_level",
        "downgrade",
        "downgrading",
        "price_factor",
        "minimum_fee",
    }
    assert absent.isdisjoint(stored)


def test_what_most_keys_have_is_no_attribute():
    """Whatever becomes of defaults: these values are what keys without the attributes have."""
    usual = {
        "quota.zone": "UTC",
        "quota.start_day": 1,
        "quota.carries_unused": False,
        "quota.carries_overspend": False,
        "overcommit": True,
        "tags": {},
        "overage": "stop",
        "overage_factor": 1,
        "model_price_factors": {},
        "scheduled_price_factors": (),
        "priority": "normal",
        "keep_bodies": False,
        "self_named": False,
        "old_secrets": {},
    }
    assert {each.path: each.usual for each in SETTINGS if each.usual is not None} == usual
    monthly = Quota(starts_at=NOW, limit=Decimal(5), schedule=Schedule(Period.MONTH))
    stored = item(to_item(scope(quota=monthly)))
    assert {each.attribute for each in SETTINGS if each.path in usual}.isdisjoint(stored)
    read = to_scope(plain(stored))
    assert {path: attrgetter(path)(read) for path in usual} == usual


def test_attributes_have_the_names_and_forms_that_conditions_and_streams_rely_on():
    stored = to_item(
        scope(
            used="2.5",
            expires_at=NOW,
            last_used_at=NOW,
            owner_email="owner@example.com",
            holds={"req_1": hold("0.5", expires_at=NOW + timedelta(minutes=1))},
            thresholds=DEFAULT_THRESHOLDS,
        )
    )
    assert stored["key_id"] == KEY.key_id
    assert stored["secret_hash"] == KEY.secret_hash
    assert stored["status"] == "active"
    assert stored["budget_limit"] == Decimal(10)
    assert stored["budget_used"] == Decimal("2.5")
    assert stored["budget_available"] == Decimal("7.5")
    assert stored["rpm_limit"] == stored["tpm_limit"] == 10**12
    assert stored["max_parallel"] == 1000
    assert stored["owner_email"] == "owner@example.com"
    assert stored["created_at"] == stored["last_used_at"] == "2026-03-14T15:09:26.535Z"
    assert stored["expires_at"] == Decimal("1773500966.535")
    moment = Decimal("1773500966.535")
    assert stored["holds"] == {"req_1": [Decimal("0.5"), 100, moment, 60]}
    assert stored["budget_alert_thresholds"][2] == {
        "percent": 95,
        "level": "urgent",
        "notify": ["owner", "admin"],
    }


@pytest.mark.parametrize(("status", "word"), [(KeyStatus.ACTIVE, "active"), (KeyStatus.REVOKED, "revoked")])
def test_a_status_keeps_the_word_it_is_stored_by(status, word):
    assert to_item(scope(status=status))["status"] == word


def test_parts_that_are_written_alone_have_the_same_form():
    held = hold()
    stored = to_item(scope(holds={"req_1": held}, thresholds=DEFAULT_THRESHOLDS))
    assert hold_to_item(held) == stored["holds"]["req_1"]
    assert thresholds_to_item(DEFAULT_THRESHOLDS) == stored["budget_alert_thresholds"]


@given(st.integers(0, 7_258_118_400_000))
@settings(max_examples=100, deadline=None)
def test_an_expiry_comes_back_to_the_millisecond(milliseconds):
    """Until the year 2200."""
    expires_at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    assert stored_and_read(scope(expires_at=expires_at)).expires_at == expires_at


def test_a_key_that_in_effect_never_expires_can_be_read():
    """The largest moment of many languages is their word for never; whatever is stored must be readable."""
    read = stored_and_read(scope(expires_at=datetime.max.replace(tzinfo=UTC)))
    assert read.status_at(NOW) is KeyStatus.ACTIVE


def test_an_expiry_of_the_far_future_comes_back_to_the_millisecond():
    expires_at = datetime(2300, 1, 1, microsecond=123_000, tzinfo=UTC)
    assert moment(epoch(expires_at)) == expires_at
