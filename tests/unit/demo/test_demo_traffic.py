"""The demo company asks for the same each time, up to any moment that it is looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from infra.demo import traffic
from infra.demo.plan import company_plan, model_plan
from infra.demo.plan.company_plan import KEYS, lineage
from tollgate.ledger.records import Outcome

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)


@pytest.fixture(scope="module")
def asked():
    return traffic.all_requests(NOW, seed=1)


def test_the_same_is_asked_for_each_time(asked):
    assert traffic.all_requests(NOW, seed=1) == asked
    assert traffic.all_requests(NOW, seed=2) != asked


def test_nothing_is_asked_for_that_has_not_ended_yet(asked):
    assert all(each.at + each.duration < NOW for each in asked)
    assert asked == sorted(asked, key=lambda each: each.at)


def test_two_months_have_requests_of_every_kind(asked):
    assert 4000 < len(asked) < 9000
    assert {each.outcome for each in asked} == set(Outcome)
    assert {each.streamed for each in asked} == {True, False}
    assert any(each.failures for each in asked)
    assert any(each.downgraded_from for each in asked)
    assert {each.at.date() for each in asked} >= {(NOW - timedelta(days=ago)).date() for ago in range(1, 60)}


def test_only_planned_models_are_asked_for_by_keys_that_make_calls(asked):
    assert {each.model for each in asked} <= model_plan.MODELS.keys()
    assert {each.key for each in asked} == {key.name for key in KEYS if key.requests}


def test_each_key_is_planned_once_and_below_keys_that_are_planned_before_it():
    names = [key.name for key in KEYS]
    assert len(set(names)) == len(names)
    assert {len(lineage(name)) for name in names} == {1, 2, 3, 4}
    for place, key in enumerate(KEYS):
        assert key.below is None or key.below in names[:place]
    assert company_plan.MARKED_UP in names
