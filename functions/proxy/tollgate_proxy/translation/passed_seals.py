"""Wrapped seals in a request that isn't translated: its conversation was, with another model, some turns ago.

Providers refuse opaque text that they haven't made themselves. So a seal that the API asked has made becomes
what it was, and reasoning with any other is left out, as it is of requests that are translated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation import seals
from tollgate_proxy.translation.chat import chat_reasoning

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate_proxy.translation.conversation import Seal

    Block = dict[str, Any]

_THOUGHT = ("thinking", "redacted_thinking")
_SEALED_MEMBERS = {"thinking": "signature", "redacted_thinking": "data"}
# What a request may have done with thoughts, which it may not where nothing is thought.
_CLEARING = "clear_thinking"


def changes(api: ProviderApi, members: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a request to that API that change, with their new values."""
    name = "input" if api is ProviderApi.RESPONSES else "messages"
    said = members.get(name)
    if api not in _KEPT or not isinstance(said, list):
        return {}
    kept = _KEPT[api](said)
    if kept == said:
        return {}
    changed = {name: kept}
    return changed | _unthought(kept, members) if api is ProviderApi.MESSAGES else changed


def _all_kept(keep: Callable[[Block], Block | None]) -> Callable[[list[Any]], list[Any]]:
    def kept(said: list[Any]) -> list[Any]:
        told = [keep(each) if isinstance(each, dict) else each for each in said]
        return [each for each in told if each is not None]

    return kept


def _kept_item(item: Block) -> Block | None:
    """An item of a response's input; None without which it goes on."""
    sealed = item.get("encrypted_content")
    if not seals.is_wrapped(sealed):
        return item
    opened = _opened(sealed, ProviderApi.RESPONSES)
    if opened is None:
        return None
    seal, _ = opened
    own = {"encrypted_content": seal.value}
    return {**item, **own} if seal.item_id is None else {**item, **own, "id": seal.item_id}


def _kept_turn(message: Block) -> Block | None:
    """A message of Anthropic's API, None of one that has nothing left."""
    content = message.get("content")
    if not isinstance(content, list):
        return message
    kept = _BLOCKS(content)
    return {**message, "content": kept} if kept or not content else None


def _kept_block(block: Block) -> Block | None:
    member = _SEALED_MEMBERS.get(str(block.get("type")), "")
    sealed = block.get(member)
    if not seals.is_wrapped(sealed):
        return block
    opened = _opened(sealed, ProviderApi.MESSAGES)
    if opened is None:
        return None
    seal, text = opened
    kept = {**block, member: seal.value}
    return kept | {"thinking": text} if text is not None and member == "signature" else kept


def _kept_message(message: Block) -> Block:
    """A chat's message, with what its server has shown where it has shown it."""
    details = message.get(chat_reasoning.DETAILS)
    if not isinstance(details, list):
        return message
    others = [each for each in details if not (isinstance(each, dict) and seals.is_wrapped(each.get("data")))]
    if len(others) == len(details):
        return message
    own, extras = chat_reasoning.members_for_provider(chat_reasoning.sent_back(message))
    kept = {name: value for name, value in message.items() if name != chat_reasoning.DETAILS}
    kept |= {chat_reasoning.DETAILS: others} if others else {}
    calls = message.get("tool_calls")
    if extras and isinstance(calls, list):
        kept["tool_calls"] = [_with_extra(call, extras) for call in calls]
    return kept | own


def _with_extra(call: Any, extras: Mapping[str, Any]) -> Any:
    extra = extras.get(str(call.get("id"))) if isinstance(call, dict) else None
    return call if extra is None else {**call, chat_reasoning.EXTRA: extra}


def _opened(sealed: str, api: ProviderApi) -> tuple[Seal, str | None] | None:
    """The seal and its text, if that API has made it."""
    opened = seals.unwrap(sealed)
    return opened if opened is not None and opened[0].api is api else None


def _unthought(messages: list[Any], members: Mapping[str, Any]) -> dict[str, Any]:
    """What changes where a model is to think by a budget that can't begin to, amid calls of tools.

    https://platform.claude.com/docs/en/build-with-claude/extended-thinking#extended-thinking-with-tool-use
    """
    thinking, managed = members.get("thinking"), members.get("context_management")
    if not isinstance(thinking, dict) or thinking.get("type") != "enabled" or not _is_amid_calls(messages):
        return {}
    changed: dict[str, Any] = {"thinking": {"type": "disabled"}}
    edits = managed.get("edits") if isinstance(managed, dict) else None
    if isinstance(managed, dict) and isinstance(edits, list):
        others = [each for each in edits if not _clears(each)]
        changed["context_management"] = {**managed, "edits": others}
    return changed


def _clears(edit: Any) -> bool:
    return isinstance(edit, dict) and str(edit.get("type")).startswith(_CLEARING)


def _is_amid_calls(messages: list[Any]) -> bool:
    """Whether the last turn of the assistant has called tools, and doesn't begin with what was thought."""
    turns = [each for each in messages if isinstance(each, dict) and each.get("role") == "assistant"]
    content = turns[-1].get("content") if turns else None
    blocks = content if isinstance(content, list) else []
    types = [block.get("type") for block in blocks if isinstance(block, dict)]
    return "tool_use" in types and types[0] not in _THOUGHT


_BLOCKS = _all_kept(_kept_block)
_KEPT: Mapping[ProviderApi, Callable[[list[Any]], list[Any]]] = {
    ProviderApi.CHAT: _all_kept(_kept_message),
    ProviderApi.MESSAGES: _all_kept(_kept_turn),
    ProviderApi.RESPONSES: _all_kept(_kept_item),
}
