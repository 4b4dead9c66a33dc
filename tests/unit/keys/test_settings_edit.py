"""What an edit makes of a key's counters."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.builders import NOW, scope
from tollgate.keys import settings_edit
from tollgate.ledger.holds import Hold
from tollgate.ledger.quotas import Quota, QuotaSettings
from tollgate.ledger.windows import Period, Schedule


def quota(limit: str = "10") -> Quota:
    return Quota(NOW).rescheduled(NOW, QuotaSettings(limit=Decimal(limit), schedule=Schedule(Period.MONTH)))


def hold(at_milliseconds: int) -> Hold:
    at = NOW + timedelta(milliseconds=at_milliseconds)
    return Hold(Decimal(1), 100, at, at + timedelta(minutes=2))


@pytest.mark.parametrize(
    ("old", "new", "raised"),
    [("10", "12.5", "2.5"), ("10", "1", "-9"), ("10", None, "-10"), (None, "3", "3")],
)
def test_a_budgets_limit_moves_by_the_difference(old, new, raised):
    before = scope(budget_limit=old)
    after = replace(before, budget_limit=None if new is None else Decimal(new))
    assert settings_edit.edit(before, after).raised == Decimal(raised)


def test_a_limit_alone_moves_the_quota_and_everything_else_begins_it_anew():
    before = scope(quota=quota())
    raised = settings_edit.edit(before, replace(before, quota=replace(before.quota, limit=Decimal(12))))
    assert (raised.quota_raised, raised.quota) == (2, None)

    for changes in (
        {"schedule": Schedule(Period.MONTH, "Asia/Tokyo")},
        {"schedule": Schedule(Period.MONTH, start_day=2)},
        {"carries_unused": True},
        {"carries_overspend": True},
        {"limit": None, "schedule": None},
    ):
        begun = settings_edit.edit(before, replace(before, quota=replace(before.quota, **changes)))
        assert begun.quota_raised == 0
        assert begun.quota is not None
        assert begun.quota.used == 0


def test_a_quota_begins_later_than_every_open_hold_and_every_window_before():
    before = scope(quota=quota(), holds={"a": hold(5), "b": hold(2)}, updated_at=NOW)
    after = replace(before, quota=replace(before.quota, schedule=Schedule(Period.DAY)))
    begun = settings_edit.edit(before, after).quota
    assert begun is not None
    assert begun.starts_at == NOW + timedelta(milliseconds=6)

    ahead = replace(before, holds={}, quota=replace(before.quota, starts_at=NOW + timedelta(seconds=1)))
    begun = settings_edit.edit(ahead, after).quota
    assert begun is not None
    assert begun.starts_at == NOW + timedelta(milliseconds=1001)


def test_only_another_rate_clears_the_minute():
    before = scope(rpm_limit=5)
    assert not settings_edit.edit(before, replace(before, name="b", max_parallel=2)).clears_rates
    assert settings_edit.edit(before, replace(before, rpm_limit=None)).clears_rates
    assert settings_edit.edit(before, replace(before, tpm_limit=5)).clears_rates


def test_a_reset_takes_off_what_was_seen():
    used = scope(used="3", quota=replace(quota(), used=Decimal(2), available=Decimal(8)))
    both = settings_edit.reset(used, NOW, budget=True, quota=True)
    assert (both.budget, both.quota) == (3, 2)
    assert settings_edit.reset(used, NOW, budget=False, quota=False).is_empty
    assert settings_edit.reset(used, used.quota.resets_at, budget=True, quota=True).quota == 0
