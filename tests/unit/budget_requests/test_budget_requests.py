"""Requests for higher limits: ids, states and what may follow what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.builders import NOW, scope
from tollgate.budget_requests import announcements
from tollgate.budget_requests.budget_requests import (
    WINDOWS,
    BudgetRequest,
    Decision,
    NotPendingError,
    NotRaisableError,
    Place,
    RequestState,
    Stage,
    place_of,
    require_raisable,
)
from tollgate.ledger.scopes import KeyStatus

KEY_ID = "key_0123456789abcdef"
WEEK = timedelta(days=7)
REQUEST = BudgetRequest(
    Place(KEY_ID, "total", 1), Decimal(20), Decimal(10), "a release", None, KEY_ID, NOW, revision=1
)
APPROVAL = Decision("admin", "ann", NOW, limit=Decimal(20), change_id="chg_1")
DENIAL = Decision("admin", "ann", NOW, "no")


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("number", [1, 9, 10, 123])
def test_an_id_leads_to_its_place(window, number):
    place = Place(KEY_ID, window, number)
    assert place_of(place.id) == place


@pytest.mark.parametrize(
    "text",
    ["", "brq_", "brq_0123456789abcdeft", "brq_0123456789abcdeft0", "brq_0123456789abcdefx1", f"{KEY_ID}t1",
     "brq_0123456789abcdeft1\n"],
)  # fmt: skip
def test_nothing_else_is_an_id(text):
    assert place_of(text) is None


def test_windows_are_told_apart_by_their_first_letters():
    assert len({window[0] for window in WINDOWS}) == len(WINDOWS)


@pytest.mark.parametrize(
    ("request_", "after", "state"),
    [
        (REQUEST, timedelta(0), RequestState.PENDING),
        (REQUEST, WEEK - timedelta(milliseconds=1), RequestState.PENDING),
        (REQUEST, WEEK, RequestState.EXPIRED),
        (REQUEST.applying(APPROVAL), timedelta(0), RequestState.PENDING),
        (REQUEST.applying(APPROVAL), WEEK, RequestState.PENDING),
        (REQUEST.applying(APPROVAL).releasing(), WEEK, RequestState.PENDING),
        (REQUEST.applying(APPROVAL).releasing().released(), WEEK, RequestState.EXPIRED),
        (REQUEST.applying(APPROVAL).approved(), WEEK, RequestState.APPROVED),
        (REQUEST.denied(DENIAL), WEEK, RequestState.DENIED),
        (REQUEST.withdrawn(DENIAL), WEEK, RequestState.WITHDRAWN),
    ],
)
def test_a_state_follows_from_what_is_stored_and_the_time(request_, after, state):
    assert request_.state_at(NOW + after) is state


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.PENDING])
@pytest.mark.parametrize("end", ["applying", "denied", "withdrawn"])
def test_what_is_decided_is_decided(stage, end):
    with pytest.raises(NotPendingError):
        getattr(replace(REQUEST, stage=stage), end)(APPROVAL)


@pytest.mark.parametrize("end", ["applying", "denied", "withdrawn"])
def test_what_has_expired_is_not_decided(end):
    in_time = replace(APPROVAL, at=REQUEST.ends_at - timedelta(milliseconds=1))
    assert getattr(REQUEST, end)(in_time).decision == in_time
    with pytest.raises(NotPendingError):
        getattr(REQUEST, end)(replace(APPROVAL, at=REQUEST.ends_at))


def test_the_same_is_asked_for_again_after_a_pause():
    assert REQUEST.denied(DENIAL).asked_again_from() == NOW + timedelta(days=1)
    assert REQUEST.withdrawn(DENIAL).asked_again_from() == NOW + timedelta(hours=1)
    assert REQUEST.applying(APPROVAL).approved().asked_again_from() == NOW
    assert REQUEST.following(replace(REQUEST, wanted=Decimal(30))).id == "brq_0123456789abcdeft2"


@pytest.mark.parametrize(
    ("asking", "window", "limit", "until", "field"),
    [
        (scope(), "total", "10", None, "limit"),
        (scope(), "month", "20", None, "window"),
        (scope(budget_limit=None), "total", "20", None, "window"),
        (scope(), "total", "20", timedelta(0), "until"),
        (scope(), "total", "20", timedelta(days=365, milliseconds=1), "until"),
        (scope(status=KeyStatus.REVOKED), "total", "20", None, None),
        (scope(expires_at=NOW), "total", "20", None, None),
        (None, "total", "20", None, None),
    ],
)
def test_what_can_not_be_raised(asking, window, limit, until, field):
    with pytest.raises(NotRaisableError) as refused:
        require_raisable(asking, window, Decimal(limit), NOW + until if until is not None else None, NOW)
    assert refused.value.field == field


def test_what_can_be_raised():
    balance = require_raisable(scope(), "total", Decimal("10.01"), NOW + timedelta(days=365), NOW)
    assert balance.limit == 10


def test_the_end_of_a_grant_is_told_of_a_day_before_if_it_is_long_enough():
    def notice(days):
        until = NOW + timedelta(days=days)
        return announcements.notice_at(REQUEST.applying(replace(APPROVAL, until=until)).approved())

    assert notice(2) == NOW + timedelta(days=1)
    assert notice(1.99) is None
    assert announcements.notice_at(REQUEST.applying(APPROVAL).approved()) is None
