"""What admins and holders see of a limit that is raised for a time, and what their edits make of it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tollgate.clock import rfc3339, utc_now
from tollgate.ledger.policies import temporary_limits
from tollgate.ledger.policies.temporary_limits import RaisedBy


@pytest.fixture
def raised(admin) -> Any:
    """A key whose budget of 10 is raised to 20 for an hour."""
    made = admin("POST", "/apiKey", {"name": "raised", "budgetLimit": "10"}).json
    before = admin.services.keys.get(made["id"])
    until = utc_now() + timedelta(hours=1)
    after = temporary_limits.raised(
        before, "total", Decimal(20), until, by=RaisedBy.APPROVAL, reference="breq_1"
    )
    admin.services.keys.edit(before, after)
    return made["id"], rfc3339(until)


def test_a_key_shows_what_its_limit_falls_back_to_and_when(admin, raised):
    key_id, until = raised
    shown = admin("GET", f"/apiKey/{key_id}").json
    assert shown["budgetLimit"] == "20"
    assert shown["temporaryLimits"] == [
        {"window": "total", "limit": "20", "fallsBackTo": "10", "until": until, "by": "approval"}
    ]


@pytest.mark.parametrize("limit", ["20", "15", "30"])
def test_a_limit_that_an_edit_names_is_a_lasting_one(admin, raised, limit):
    key_id, _ = raised
    admin("PUT", f"/apiKey/{key_id}/budget", {"budgetLimit": limit})
    shown = admin("GET", f"/apiKey/{key_id}").json
    assert (shown["budgetLimit"], shown["temporaryLimits"]) == (limit, [])


def test_an_edit_that_names_no_limit_leaves_the_raise(admin, raised):
    key_id, _ = raised
    admin("PATCH", f"/apiKey/{key_id}", {"rpmLimit": 5})
    shown = admin("GET", f"/apiKey/{key_id}").json
    assert [each["fallsBackTo"] for each in shown["temporaryLimits"]] == ["10"]
