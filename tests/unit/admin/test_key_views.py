"""How keys are shown: as they are at the moment, whatever is stored of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.builders import NOW, scope
from tollgate.ledger.policies import temporary_limits
from tollgate.ledger.policies.temporary_limits import RaisedBy
from tollgate_admin.keys import schemas

TOMORROW = NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("at", "limit", "raised"), [(NOW, "20", ["20"]), (TOMORROW, "10", [])], ids=["before its end", "after"]
)
def test_a_limit_that_was_raised_until_then_is_shown_as_what_it_falls_back_to(at, limit, raised):
    stored = temporary_limits.raised(
        scope(budget_limit="10"),
        "total",
        Decimal(20),
        TOMORROW,
        by=RaisedBy.APPROVAL,
        reference="brq_1",
    )
    shown = schemas.state_fields(replace(stored, changes_at=TOMORROW), [stored.key_id], at)
    assert str(shown["budget_limit"]) == limit
    assert [str(each.limit) for each in shown["temporary_limits"]] == raised
