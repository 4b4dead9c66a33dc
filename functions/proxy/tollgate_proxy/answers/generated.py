"""What of a chat's chunk a model has generated, in about so many tokens: text, and never what frames it.

Base64 is no text, and what is told twice counts once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.answers.choices import choices_of
from tollgate_proxy.bounds.token_estimates import estimate_generated, estimate_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

# Where choices of all kinds have what was generated: in chats' streams, in what some send instead, in the
# completions of old.
_PARTS = ("delta", "message", "text")
# The same reasoning again, in another form (OpenRouter).
_AGAIN = {"reasoning_details": ("reasoning", "reasoning_content"), "reasoning": ("reasoning_content",)}
_NOT_AS_IT_IS = frozenset({"audio", *_AGAIN})


def in_chunk(chunk: Mapping[str, Any]) -> int:
    return sum(_in_choice(choice) for choice in choices_of(chunk))


def _in_choice(choice: Mapping[str, Any]) -> int:
    return sum(_in_part(choice[name]) for name in _PARTS if name in choice)


def _in_part(part: Any) -> int:
    if not isinstance(part, dict):
        return estimate_tokens(part) if isinstance(part, str) else 0
    if _NOT_AS_IT_IS.isdisjoint(part):
        return estimate_generated(part)
    text = {name: value for name, value in part.items() if not _is_again(name, part)}
    audio = text.pop("audio", None)
    spoken = audio.get("transcript") if isinstance(audio, dict) else None
    return estimate_generated(text) + estimate_tokens(spoken)


def _is_again(name: str, part: Mapping[str, Any]) -> bool:
    return any(part.get(other) for other in _AGAIN.get(name, ()))
