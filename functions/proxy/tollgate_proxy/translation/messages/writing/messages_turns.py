"""A conversation's turns, written as `system` and `messages` by the rules of Anthropic's API.

The system prompt is apart. Turns of user and assistant alternate, and begin with the user. Results of tools
are the first of the turn after their calls, all of them, each call having an id of its own
(https://platform.claude.com/docs/en/agents-and-tools/tool-use/handle-tool-calls). A last turn of the
assistant, which the answer goes on from, ends with no space.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

from tollgate_proxy.translation.conversation import Role, Text, ToolCall, ToolResult
from tollgate_proxy.translation.messages.writing import messages_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate_proxy.translation.conversation import Part, Turn
    from tollgate_proxy.translation.losses import Losses
    from tollgate_proxy.translation.messages.writing.messages_blocks import Block

_SYSTEM = (Role.SYSTEM, Role.DEVELOPER)
# Before an assistant that speaks first; a text has to have something in it.
_OPENING = "."


def written(turns: tuple[Turn, ...], losses: Losses) -> tuple[list[Block], list[Block]]:
    """The blocks of the system prompt, and the messages."""
    leading = next((at for at, turn in enumerate(turns) if turn.role not in _SYSTEM), len(turns))
    said = _Messages(turns, losses)
    system = messages_blocks.written((part for turn in turns[:leading] for part in turn.parts), losses)
    for turn in turns[leading:]:
        said.add(turn)
    if not said.messages and system:
        # Instructions are all there is, which others' APIs take, and this one as what the user says.
        return [], [{"role": "user", "content": system}]
    return system, said.finished()


class _Messages:
    """Messages as they grow."""

    def __init__(self, turns: tuple[Turn, ...], losses: Losses) -> None:
        self.messages: list[Block] = []
        self._losses = losses
        self._results = _Results(turns)

    def add(self, turn: Turn) -> None:
        if turn.name is not None:
            self._losses.lose("name")
        if turn.role is Role.ASSISTANT:
            self._add("assistant", self._said(turn.parts))
        elif turn.role is Role.USER:
            self._add_results()
            self._add("user", self._results_without_calls(turn.parts))
            self._add("user", messages_blocks.written(turn.parts, self._losses))
        else:
            self._add_results()
            self._add("user", messages_blocks.written(_instructions(turn), self._losses))

    def finished(self) -> list[Block]:
        self._add_results()
        if self.messages and self.messages[0]["role"] == "assistant":
            self.messages.insert(0, {"role": "user", "content": [{"type": "text", "text": _OPENING}]})
        if self.messages and self.messages[-1]["role"] == "assistant":
            _end_without_space(self.messages)
        return self.messages

    def _add(self, role: str, blocks: list[Block]) -> None:
        if not blocks:
            return
        if self.messages and self.messages[-1]["role"] == role:
            self.messages[-1]["content"] += blocks
        else:
            self.messages.append({"role": role, "content": blocks})

    def _said(self, parts: tuple[Part, ...]) -> list[Block]:
        blocks: list[Block] = []
        for part in parts:
            if isinstance(part, ToolCall):
                blocks.append(messages_blocks.tool_use(part, self._results.called(part)))
            else:
                blocks += messages_blocks.written([part], self._losses)
        return blocks

    def _add_results(self) -> None:
        """Adds the results of the calls that the assistant has just made, wherever they stand."""
        for call_id, result in self._results.due():
            self._add("user", [messages_blocks.tool_result(result, call_id, self._losses)])

    def _results_without_calls(self, parts: tuple[Part, ...]) -> list[Block]:
        """Results of calls that aren't there, which the provider refuses, and says why."""
        return [
            messages_blocks.tool_result(part, part.call_id, self._losses)
            for part in parts
            if isinstance(part, ToolResult) and self._results.is_without_call(part)
        ]


class _Results:
    """The results of a conversation's calls, each of which has an id of its own at the API."""

    def __init__(self, turns: tuple[Turn, ...]) -> None:
        self._results: dict[str, deque[ToolResult]] = defaultdict(deque)
        for turn in turns:
            for part in turn.parts:
                if isinstance(part, ToolResult):
                    self._results[part.call_id].append(part)
        self._open: list[tuple[str, ToolCall]] = []
        self._ids: set[str] = set()

    def called(self, call: ToolCall) -> str:
        call_id, again = call.id, 1
        while call_id in self._ids:  # some servers count a turn's calls, and begin anew with the next
            again += 1
            call_id = f"{call.id}_{again}"
        self._ids.add(call_id)
        self._open.append((call_id, call))
        return call_id

    def is_without_call(self, result: ToolResult) -> bool:
        return any(each is result for each in self._results[result.call_id])

    def due(self) -> Iterator[tuple[str, ToolResult]]:
        """The results of the calls since the last time."""
        called, self._open = self._open, []
        for call_id, call in called:
            if self._results[call.id]:
                yield call_id, self._results[call.id].popleft()


def _instructions(turn: Turn) -> list[Part]:
    """What the system says later, where it stands: as the user, who says that it isn't he.

    Few models, and no cloud's, know messages of the system's role; in the system prompt it would stand before
    what it follows, and the prompt's cache would be of no use any more.
    """
    said = [part for part in turn.parts if isinstance(part, Text) and part.text.strip()]
    if not said:
        return list(turn.parts)
    others = [part for part in turn.parts if not isinstance(part, Text)]
    text = "\n\n".join(part.text for part in said)
    return [Text(f"<{turn.role}>\n{text}\n</{turn.role}>", said[-1].cache), *others]


def _end_without_space(messages: list[Block]) -> None:
    blocks = messages[-1]["content"]
    last = blocks[-1]
    if last["type"] == "text":
        last["text"] = last["text"].rstrip()
