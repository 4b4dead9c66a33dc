"""How much a model is to think: OpenAI's words for it, and Anthropic's budgets in tokens.

OpenAI's and Anthropic's words are the same (`reasoning_effort`, `output_config.effort`), but for those that
turn thinking off or nearly so. Only Claude 4.5 and older take nothing but budgets. A budget for a word is
what Google publishes for its own models (https://ai.google.dev/gemini-api/docs/openai#thinking); above
32,768 tokens Anthropic expects little of more
(https://platform.claude.com/docs/en/build-with-claude/extended-thinking).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tollgate_proxy.translation.conversation import ReasoningWish

# From the least to the most.
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_BUDGETS = {
    "minimal": 1024,
    "low": 1024,
    "medium": 8192,
    "high": 24576,
    "xhigh": 32768,
    "max": 32768,
}
# Budgets up to these are nearer to that word than to the next. What is beyond stays the last one, because
# not every model takes the words above it.
_LIMITS = (("low", 4096), ("medium", 16384))
_MOST = "high"
# Anthropic's reference: at least this, and less than `max_tokens`.
LEAST_BUDGET = 1024
# Of a limit on the output, which the thinking is part of, so much is left for what is said.
_SAID_SHARE = 5


def effort(wish: ReasoningWish | None) -> str | None:
    """The word for what a client wishes, None if it leaves it to the model."""
    if wish is None:
        return None
    if wish.is_off:
        return "none"
    if wish.effort is not None or wish.budget_tokens is None:
        return wish.effort
    tokens = wish.budget_tokens
    return next((word for word, most in _LIMITS if tokens <= most), _MOST)


def budget(wish: ReasoningWish | None, output_limit: int | None) -> int | None:
    """The tokens for what a client wishes, within its limit on the output.

    None if there is to be no thinking, or there is no room for it.
    """
    if wish is None or wish.is_off:
        return None
    tokens = wish.budget_tokens
    if tokens is None:
        tokens = _BUDGETS.get(wish.effort or "medium", _BUDGETS["medium"])
    if output_limit is not None:
        tokens = min(tokens, max(LEAST_BUDGET, output_limit - output_limit // _SAID_SHARE))
        if output_limit <= LEAST_BUDGET:
            return None
    return max(tokens, LEAST_BUDGET)


def at_most(word: str, most: str) -> str:
    """A word, or the one that is the most a model takes. Words that nobody knows stay."""
    if word not in EFFORTS:
        return word
    return EFFORTS[min(EFFORTS.index(word), EFFORTS.index(most))]
