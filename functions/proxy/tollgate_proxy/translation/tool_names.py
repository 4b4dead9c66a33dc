"""Names of tools, and of calls of them, that an API refuses, and others in their place while it is asked.

All of OpenAI's and Anthropic's APIs take up to 64 letters, digits, `_` and `-` for a tool's name; clients of
Google's, and those that name tools after servers, have others. OpenAI's chat takes 40 characters for a call's
id, Anthropic's no dots or colons in it. A name in place of another follows from that one alone, so that a
prompt begins alike on each turn, as caches want it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from tollgate_proxy.translation import custom_tools
from tollgate_proxy.translation.completion import PartBegun, PartEnded, PartGrew
from tollgate_proxy.translation.conversation import ToolCall, ToolResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate_proxy.translation.completion import AnswerPart, Completion, StreamEvent
    from tollgate_proxy.translation.conversation import Conversation, Part

_LONGEST_NAME = 64
_LONGEST_ID = 40
_DIGEST_CHARACTERS = 8
_SOUND = re.compile(r"[a-zA-Z0-9_-]+")
_UNSOUND = re.compile(r"[^a-zA-Z0-9_-]")


class ToolNames:
    """The names that a conversation's tools have at a provider, and the client's own for them.

    Writers of requests write what is `sent`; writers of answers what is `restored`, which also makes plain
    text again of calls of functions that were custom tools. Both leave alone what needs neither.
    """

    def __init__(self, conversation: Conversation) -> None:
        self._own = {sent_name(name): name for name in _names_in(conversation) if sent_name(name) != name}
        self._customs = custom_tools.names(conversation)
        self._texts: dict[int, str] = {}  # of calls of custom tools that haven't ended, by their index

    def sent(self, conversation: Conversation) -> Conversation:
        choice = conversation.tool_choice
        return replace(
            conversation,
            tools=tuple(replace(tool, name=sent_name(tool.name)) for tool in conversation.tools),
            tool_choice=choice and replace(choice, names=tuple(map(sent_name, choice.names))),
            turns=tuple(
                replace(turn, parts=tuple(map(_sent_part, turn.parts))) for turn in conversation.turns
            ),
        )

    def restored(self, completion: Completion) -> Completion:
        return replace(completion, parts=tuple(map(self._restored_part, completion.parts)))

    def restored_events(self, event: StreamEvent) -> list[StreamEvent]:
        """An event, or what is told in its place: a custom tool's text is told when all of it has come."""
        match event:
            case PartBegun(index, ToolCall() as call):
                call = replace(call, name=self._own_name(call))
                if self._became_function(call):
                    self._texts[index] = call.arguments
                    call = replace(call, arguments="", is_custom=True)
                return [PartBegun(index, call)]
            case PartGrew(index, text) if index in self._texts:
                self._texts[index] += text
                return []
            case PartEnded(index) if index in self._texts:
                text = custom_tools.text_of(self._texts.pop(index))
                return [PartGrew(index, text), event] if text else [event]
        return [event]

    def _restored_part(self, part: AnswerPart) -> AnswerPart:
        if not isinstance(part, ToolCall):
            return part
        call = replace(part, name=self._own_name(part))
        if not self._became_function(call):
            return call
        return replace(call, arguments=custom_tools.text_of(call.arguments), is_custom=True)

    def _own_name(self, call: ToolCall) -> str:
        return self._own.get(call.name, call.name)

    def _became_function(self, call: ToolCall) -> bool:
        return call.name in self._customs and not call.is_custom


def sent_name(name: str) -> str:
    return _sound(name, _LONGEST_NAME)


def sent_call_id(call_id: str) -> str:
    return _sound(call_id, _LONGEST_ID)


def _sound(name: str, longest: int) -> str:
    """The name itself where every API takes it, else one that shows it, and is no other's."""
    if len(name) <= longest and _SOUND.fullmatch(name):
        return name
    digest = sha256(name.encode(errors="surrogatepass")).hexdigest()[:_DIGEST_CHARACTERS]
    return f"{_UNSOUND.sub('_', name)[: longest - _DIGEST_CHARACTERS - 1]}_{digest}"


def _sent_part(part: Part) -> Part:
    if isinstance(part, ToolCall):
        return replace(part, id=sent_call_id(part.id), name=sent_name(part.name))
    return replace(part, call_id=sent_call_id(part.call_id)) if isinstance(part, ToolResult) else part


def _names_in(conversation: Conversation) -> Iterator[str]:
    yield from (tool.name for tool in conversation.tools)
    for turn in conversation.turns:
        yield from (part.name for part in turn.parts if isinstance(part, ToolCall))
