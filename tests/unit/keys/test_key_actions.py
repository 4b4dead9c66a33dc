"""What the audit says that an edit of a key's levels amounts to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import scope
from tollgate.keys.audit_actions import key_actions
from tollgate.ledger.scopes import Priority


@pytest.mark.parametrize(
    ("before", "after", "action"),
    [
        ({}, {"safety_level": 0}, "safety.set"),
        ({"safety_level": 0}, {"safety_level": 40}, "safety.raise"),
        ({"safety_level": 40}, {"safety_level": 39}, "safety.lower"),
        ({"safety_level": 40}, {"safety_level": None}, "safety.remove"),
        ({"priority": Priority.LOW}, {"priority": Priority.CRITICAL}, "priority.raise"),
        ({"priority": Priority.HIGH}, {"priority": Priority.NORMAL}, "priority.lower"),
        ({}, {"keep_bodies": True}, "key.update"),
        ({}, {"manage_children": True}, "key.update"),
    ],
)
def test_a_change_of_a_level_is_called_by_what_it_does(
    before: dict[str, Any], after: dict[str, Any], action: str
) -> None:
    seen = scope(**before)
    assert key_actions(seen, replace(seen, **after)) == (action,)
