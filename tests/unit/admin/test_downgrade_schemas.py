"""Which downgrades a body can give a key, and how they are shown."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tollgate.ledger.policies.downgrades import Downgrade, DowngradeRule
from tollgate_admin.keys.downgrade_schemas import DowngradeBody

RULES = [{"from": "large", "to": ["small", "tiny"]}]


def test_a_body_without_percents_has_the_usual_ones() -> None:
    given = DowngradeBody.model_validate({"rules": RULES}).to_downgrade()
    assert given == Downgrade(
        (DowngradeRule("large", ("small", "tiny")),), 90, 80, switch_conversations=False
    )


def test_what_was_given_is_shown() -> None:
    body = {"rules": RULES, "enterPercent": 95, "exitPercent": 50, "switchConversations": True}
    given = DowngradeBody.model_validate(body).to_downgrade()
    assert DowngradeBody.of(given).model_dump(by_alias=True) == body


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"rules": []}, "at least 1 item"),
        ({"rules": [{"from": "large", "to": []}]}, "at least 1 item"),
        ({"rules": [{"from": "large", "to": ["small", "small"]}]}, "models must be distinct"),
        ({"rules": RULES * 2}, "models in `from` must be distinct"),
        ({"rules": [{"from": "large", "to": ["small", "large"]}]}, "can't be served by itself"),
        ({"rules": [{"from": "large model", "to": ["small"]}]}, "match pattern"),
        ({"rules": [{"from": "large", "to": [f"m{i}" for i in range(6)]}]}, "at most 5 items"),
        ({"rules": [{"from": f"m{i}", "to": ["small"]} for i in range(21)]}, "at most 20 items"),
        (
            {"rules": RULES, "enterPercent": 80},
            "`exitPercent`, 80 if left out, must be less than `enterPercent`",
        ),
        ({"rules": RULES, "enterPercent": 101}, "less than or equal to 100"),
        ({"rules": RULES, "exitPercent": 0}, "greater than or equal to 1"),
        ({"rules": RULES, "exitPercent": "80"}, "valid integer"),
        ({"rules": RULES, "percent": 80}, "not permitted"),
        ({}, "required"),
    ],
)
def test_a_body_that_makes_no_sense_is_refused(body: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        DowngradeBody.model_validate(body)
