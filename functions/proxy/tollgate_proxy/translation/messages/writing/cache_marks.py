"""Where a prompt is to be cached, as Anthropic's API is told: by marks, of which it takes four.

https://platform.claude.com/docs/en/build-with-claude/prompt-caching
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tollgate_proxy.translation.conversation import CachePoint

_MOST = 4
_MARK = "cache_control"
# Blocks that can't have one.
_UNMARKED = ("thinking", "redacted_thinking")


def mark(block: dict[str, Any], cache: CachePoint | None) -> dict[str, Any]:
    """A block with its mark, if it is to have one."""
    if cache is not None:
        block[_MARK] = {"type": "ephemeral"} | ({} if cache.ttl is None else {"ttl": cache.ttl})
    return block


def mark_last(blocks: list[dict[str, Any]], cache: CachePoint) -> None:
    """Marks the last block that may have a mark, and has none."""
    last = next((each for each in reversed(blocks) if each.get("type") not in _UNMARKED), None)
    if last is not None and _MARK not in last:
        mark(last, cache)


def keep_most(blocks: list[dict[str, Any]]) -> None:
    """Takes off the first marks where there are too many: what the last ones cache has it all in it."""
    marked = [each for each in _with_inner(blocks) if _MARK in each]
    for block in marked[: max(0, len(marked) - _MOST)]:
        del block[_MARK]


def are_in(blocks: list[dict[str, Any]]) -> bool:
    return any(_MARK in each for each in _with_inner(blocks))


def _with_inner(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Blocks in the order of the prompt, those within results of tools before these."""
    found = []
    for block in blocks:
        inner = block.get("content")
        found += inner if isinstance(inner, list) else []
        found.append(block)
    return found
