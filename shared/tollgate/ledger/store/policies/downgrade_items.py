"""A scope's downgrades as an attribute of its item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.ledger.policies.downgrades import ENTER_PERCENT, EXIT_PERCENT, Downgrade, DowngradeRule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.aws.dynamodb import Item


def downgrade_to_item(downgrade: Downgrade) -> Item:
    """What is usual isn't stored: each write of the item would pay for it."""
    attributes = {
        "rules": [{"from": rule.model, "to": list(rule.to)} for rule in downgrade.rules],
        "enter_percent": None if downgrade.enter_percent == ENTER_PERCENT else downgrade.enter_percent,
        "exit_percent": None if downgrade.exit_percent == EXIT_PERCENT else downgrade.exit_percent,
        "switch_conversations": downgrade.switch_conversations or None,
    }
    return {name: value for name, value in attributes.items() if value is not None}


def to_downgrade(stored: Mapping[str, Any]) -> Downgrade:
    return Downgrade(
        rules=tuple(DowngradeRule(rule["from"], tuple(rule["to"])) for rule in stored["rules"]),
        enter_percent=int(stored.get("enter_percent", ENTER_PERCENT)),
        exit_percent=int(stored.get("exit_percent", EXIT_PERCENT)),
        switch_conversations=stored.get("switch_conversations", False),
    )
