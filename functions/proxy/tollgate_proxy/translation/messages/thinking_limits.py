"""How much a model may think within a limit on its output.

A budget for thinking is at least 1,024 tokens and below `max_tokens`
(https://platform.claude.com/docs/en/build-with-claude/extended-thinking).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MIN_BUDGET = 1024


def within(members: Mapping[str, Any], output_tokens: int) -> dict[str, Any]:
    """The member that must change: half of the limit is for thinking, or nothing where that is too little."""
    thinking = members.get("thinking")
    budget = thinking.get("budget_tokens") if isinstance(thinking, dict) else None
    if not isinstance(budget, int) or budget < output_tokens:
        return {}
    half = output_tokens // 2
    if half < MIN_BUDGET:
        return {"thinking": {"type": "disabled"}}
    return {"thinking": {**members["thinking"], "budget_tokens": half}}
