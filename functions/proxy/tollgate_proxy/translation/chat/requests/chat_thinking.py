"""How a chat's model is told how much to think, and which models want their thoughts back.

OpenAI's models know words for it, not all of them the same (https://platform.openai.com/docs/guides/reasoning);
others three of them at most. Models of DeepSeek, Zhipu and Moonshot think unless that is switched off, and
refuse a chat in which a call of a tool comes without what was thought before it
(https://api-docs.deepseek.com/guides/thinking_mode; Moonshot's guide "Use the Kimi thinking model").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation import reasoning_levels

if TYPE_CHECKING:
    from tollgate_proxy.translation.conversation import Conversation
    from tollgate_proxy.translation.losses import Losses

# By the models' names at their providers, which may be headed by a vendor's.
_ANY_EFFORT = re.compile(r"(?:^|[/.])gpt-(?:5\.[2-9]|[6-9])(?!.*-chat)")
_FIXED_SAMPLING = re.compile(r"(?:^|[/.])(?:o[1-9]|gpt-[5-9])(?!.*-chat)")
_DEEPSEEK = r"deepseek-(?:chat|flash|pro|reasoner|v[3-9])"
_KIMI = r"kimi-k(?:2\.[5-9]|[3-9]|2-thinking)"
_SWITCHED = re.compile(rf"(?:^|/)(?:{_DEEPSEEK}|{_KIMI}|glm-(?:4\.[5-9]|[5-9]))", re.IGNORECASE)
_WANTS_THOUGHTS = re.compile(rf"(?:^|/)(?:{_DEEPSEEK}|{_KIMI})", re.IGNORECASE)
_LEAST, _MOST = "low", "high"
_OFF = {"thinking": {"type": "disabled"}}
_USUAL = 1


def members(asked: Conversation, losses: Losses) -> dict[str, Any]:
    """What is said of how much is to be thought.

    That nothing is can't be said to all: models that never think refuse any word for it.
    """
    effort = reasoning_levels.effort(asked.reasoning)
    served_by = asked.served_by or ""
    if effort is None:
        return {}
    if _ANY_EFFORT.search(served_by):
        return {"reasoning_effort": effort}
    if effort == "none":
        if _SWITCHED.search(served_by):
            return _OFF
        losses.lose("reasoning")
        return {}
    return {"reasoning_effort": _LEAST if effort == "minimal" else reasoning_levels.at_most(effort, _MOST)}


def wants_thoughts(asked: Conversation) -> bool:
    """Whether each call of a tool must come with what was thought before it."""
    is_off = asked.reasoning is not None and asked.reasoning.is_off
    return not is_off and _WANTS_THOUGHTS.search(asked.served_by or "") is not None


def sampling(asked: Conversation, losses: Losses) -> dict[str, float]:
    """How words are drawn, for which OpenAI's models that think take no figure but the usual one."""
    values = {"temperature": asked.temperature, "top_p": asked.top_p}
    stated = {name: value for name, value in values.items() if value is not None}
    if not _FIXED_SAMPLING.search(asked.served_by or ""):
        return stated
    for name, value in stated.items():
        if value != _USUAL:
            losses.lose(name)
    return {name: value for name, value in stated.items() if value == _USUAL}
