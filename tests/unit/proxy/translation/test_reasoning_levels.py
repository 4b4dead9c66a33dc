from __future__ import annotations

import pytest

from tollgate_proxy.translation import reasoning_levels
from tollgate_proxy.translation.conversation import ReasoningWish


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        (None, None),
        (ReasoningWish(adaptive=True), None),
        (ReasoningWish(effort="xhigh", adaptive=True), "xhigh"),
        (ReasoningWish(effort="low", budget_tokens=20000), "low"),
        (ReasoningWish(effort="none"), "none"),
        (ReasoningWish(budget_tokens=0), "none"),
        (ReasoningWish(budget_tokens=1024), "low"),
        (ReasoningWish(budget_tokens=4096), "low"),
        (ReasoningWish(budget_tokens=4097), "medium"),
        (ReasoningWish(budget_tokens=16384), "medium"),
        (ReasoningWish(budget_tokens=31999), "high"),
        (ReasoningWish(budget_tokens=200000), "high"),
    ],
)
def test_a_wish_has_a_word(wish: ReasoningWish | None, word: str | None) -> None:
    assert reasoning_levels.effort(wish) == word


@pytest.mark.parametrize("word", ["minimal", "low", "medium", "high", "xhigh", "max", "unheard-of"])
@pytest.mark.parametrize("limit", [1, 1024, 1025, 1300, 5000, 32000, 64000])
def test_a_budget_is_what_anthropic_takes(word: str, limit: int) -> None:
    tokens = reasoning_levels.budget(ReasoningWish(effort=word), limit)
    assert tokens is None if limit <= 1024 else tokens is not None and 1024 <= tokens < limit


def test_a_budget_leaves_room_for_what_is_said() -> None:
    assert reasoning_levels.budget(ReasoningWish(effort="high"), 10_000) == 8_000
    assert reasoning_levels.budget(ReasoningWish(budget_tokens=500), 10_000) == 1_024
    assert reasoning_levels.budget(ReasoningWish(effort="high"), None) == 24_576


@pytest.mark.parametrize("word", ["low", "medium", "high"])
def test_a_word_comes_back_from_its_budget(word: str) -> None:
    tokens = reasoning_levels.budget(ReasoningWish(effort=word), None)
    assert reasoning_levels.effort(ReasoningWish(budget_tokens=tokens)) == word


def test_no_budget_is_no_thinking() -> None:
    for wish in (None, ReasoningWish(effort="none"), ReasoningWish(budget_tokens=0)):
        assert reasoning_levels.budget(wish, None) is None


def test_a_word_is_lowered_to_what_a_model_takes() -> None:
    assert reasoning_levels.at_most("max", "high") == "high"
    assert reasoning_levels.at_most("low", "high") == "low"
    assert reasoning_levels.at_most("unheard-of", "high") == "unheard-of"
