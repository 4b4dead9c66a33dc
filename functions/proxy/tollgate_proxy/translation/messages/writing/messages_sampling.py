"""How a message is asked to be thought about and sampled: `thinking`, effort, temperature and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation import reasoning_levels

if TYPE_CHECKING:
    from tollgate_proxy.translation.conversation import Conversation, ReasoningWish
    from tollgate_proxy.translation.losses import Losses
    from tollgate_proxy.translation.messages.writing.claude_models import ClaudeModel

# What the API takes as the words that say it, without changing anything.
_NEUTRAL = 1
# With thinking: https://platform.claude.com/docs/en/build-with-claude/extended-thinking
_LEAST_TOP_P = 0.95


def thinking(
    conversation: Conversation, model: ClaudeModel, losses: Losses, *, is_forced: bool, can_begin: bool
) -> dict[str, Any]:
    """`thinking`, and the `effort` for `output_config`.

    A model that is made to call a tool can't think. One that takes a budget can't begin to in the middle of
    calls of tools that it made without having thought: `can_begin`.
    """
    wish = conversation.reasoning
    if wish is None and not (is_forced and model.thinks_unasked):
        return {}
    if wish is None or wish.is_off:
        return _off(model, wish, losses)
    if is_forced:
        losses.lose("reasoning")
        return _off(model, None, losses)
    if model.adapts:
        return _shown({"type": "adaptive"}, wish) | _effort(model, wish)
    budget = reasoning_levels.budget(wish, conversation.output_limit)
    if budget is None or not model.budgets or not can_begin:
        losses.lose("reasoning")
        return {}
    return _shown({"type": "enabled", "budget_tokens": budget}, wish) | _effort(model, wish)


def _off(model: ClaudeModel, wish: ReasoningWish | None, losses: Losses) -> dict[str, Any]:
    if not model.thinks_unasked:
        return {}
    if model.off is not None:
        return {"thinking": {"type": model.off}}
    if wish is not None:
        losses.lose("reasoning")
    return {"effort": model.effort("none")}


def _shown(asked: dict[str, Any], wish: ReasoningWish) -> dict[str, Any]:
    if wish.shown is not None:
        asked["display"] = "summarized" if wish.shown else "omitted"
    return {"thinking": asked}


def _effort(model: ClaudeModel, wish: ReasoningWish) -> dict[str, Any]:
    word = reasoning_levels.effort(wish)
    effort = None if word is None else model.effort(word)
    return {} if effort is None else {"effort": effort}


def sampling(
    conversation: Conversation, model: ClaudeModel, losses: Losses, *, is_thinking: bool
) -> dict[str, Any]:
    """`temperature`, `top_p` and `top_k`, as far as they may be stated."""
    values: dict[str, float | None] = {
        "temperature": conversation.temperature,
        "top_p": conversation.top_p,
        "top_k": conversation.top_k,
    }
    stated = {name: value for name, value in values.items() if value is not None}
    taken = {
        name: value
        for name, value in stated.items()
        if model.samples and (not is_thinking or _is_taken_with_thinking(name, value))
    }
    if taken.get("temperature", 0) > 1:
        losses.lose("temperature")  # others go up to 2
        taken["temperature"] = 1
    if not model.samples_both and {"temperature", "top_p"} <= taken.keys():
        del taken["temperature" if taken["temperature"] == _NEUTRAL else "top_p"]
    for name, value in stated.items():
        if name not in taken and value != _NEUTRAL:
            losses.lose(name)
    return taken


def _is_taken_with_thinking(name: str, value: float) -> bool:
    return value == _NEUTRAL if name == "temperature" else name == "top_p" and value >= _LEAST_TOP_P


def is_on(asked: dict[str, Any] | None, model: ClaudeModel) -> bool:
    """Whether the model thinks, by the request's `thinking`."""
    return model.thinks_unasked if asked is None else asked["type"] in ("enabled", "adaptive")
