"""What of a stream's events a model has generated, in about so many tokens: text, and never what frames it.

Results of tools that a provider runs, citations of them, signatures and base64 aren't output.
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
_BLOCK_PARTS = ("text", "thinking", "name", "input", "partial_json", "content")
_SPOKEN = ("response.audio.delta", "response.output_audio.delta")


def in_chunk(chunk: Mapping[str, Any]) -> int:
    return sum(_in_choice(choice) for choice in choices_of(chunk))


def in_response_event(event: Mapping[str, Any]) -> int:
    delta = event.get("delta")
    return estimate_tokens(delta) if isinstance(delta, str) and event.get("type") not in _SPOKEN else 0


def in_message_event(event: Mapping[str, Any]) -> int:
    """Of the start of a block, or of what follows in it."""
    block = event.get("content_block")
    part = event.get("delta") if block is None else block
    if not isinstance(part, dict) or str(part.get("type")).endswith("_result"):
        return 0
    return estimate_tokens([part.get(name) for name in _BLOCK_PARTS])


def _in_choice(choice: Mapping[str, Any]) -> int:
    return sum(_in_part(choice.get(name)) for name in _PARTS)


def _in_part(part: Any) -> int:
    if not isinstance(part, dict):
        return estimate_tokens(part) if isinstance(part, str) else 0
    text = {name: value for name, value in part.items() if not _is_again(name, part)}
    audio = text.pop("audio", None)
    spoken = audio.get("transcript") if isinstance(audio, dict) else None
    return estimate_generated(text) + estimate_tokens(spoken)


def _is_again(name: str, part: Mapping[str, Any]) -> bool:
    return any(part.get(other) for other in _AGAIN.get(name, ()))
