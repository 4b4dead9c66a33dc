from __future__ import annotations

from typing import get_args

import pytest
from anthropic.types import model

from tollgate_proxy.translation.messages.writing import claude_models

_KNOWN = sorted(get_args(get_args(model.Model)[0]))


@pytest.mark.parametrize(
    ("name", "alike"),
    [
        ("claude-opus-4-5-20251101", "claude-opus-4-5"),
        ("us.anthropic.claude-opus-4-6-v1:0", "claude-opus-4-6"),
        ("arn:aws:bedrock:eu-west-1::inference-profile/eu.anthropic.claude-sonnet-4-6", "claude-sonnet-4-6"),
        ("claude-sonnet-4@20250514", "claude-sonnet-4-0"),
        ("claude-sonnet-4-20250514", "claude-sonnet-4-0"),
        ("anthropic/claude-opus-4.7", "claude-opus-4-7"),
        ("anthropic/claude-4.7-opus", "claude-opus-4-7"),
        ("claude-3-7-sonnet-latest", "claude-sonnet-3-7"),
        ("claude-opus-latest", "claude-opus-9-9"),
        ("Claude-Opus-5-5", "claude-opus-5-5"),
    ],
)
def test_a_model_is_known_by_any_of_its_names(name: str, alike: str) -> None:
    assert claude_models.named(name) == claude_models.named(alike)


@pytest.mark.parametrize("name", _KNOWN)
def test_a_model_of_the_sdk_thinks_and_can_be_held_to_a_schema(name: str) -> None:
    found = claude_models.named(name)
    assert found.thinks
    assert found.structured
    assert found.adapts == (name.split("-")[2:4] != ["4", "5"])
    assert found.samples_both is False


def test_an_effort_is_never_more_than_was_asked_unless_there_is_none_so_low() -> None:
    for name in _KNOWN:
        found = claude_models.named(name)
        for at, word in enumerate(("low", "medium", "high", "xhigh", "max")):
            effort = found.effort(word)
            assert effort is None or ("low", "medium", "high", "xhigh", "max").index(effort) <= at
        assert found.effort("minimal") == (found.efforts[0] if found.efforts else None)
        assert found.effort("unheard-of") is None


def test_what_has_another_name_is_no_claude() -> None:
    for name in ("deepseek-chat", "kimi-k3", "glm-5", "smart", "not-claudeish"):
        assert claude_models.named(name) is claude_models.named("others")
