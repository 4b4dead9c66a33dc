"""Ids of an answer's calls of tools, by which clients tell them apart: SDKs refuse one that comes twice.

Some servers give all calls of an answer the same, or none.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate_proxy.translation.conversation import ToolCall

if TYPE_CHECKING:
    from tollgate_proxy.translation.completion import AnswerPart


class CallIds:
    """The ids of one answer, in the order of its parts."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def told(self, part: AnswerPart) -> AnswerPart:
        """A part as clients can be told of it: a call with an id that no other one has."""
        if not isinstance(part, ToolCall):
            return part
        call = replace(part, id=new_call_id()) if not part.id or part.id in self._given else part
        self._given.add(call.id)
        return call


def new_call_id() -> str:
    """An id for a call that its provider has given none."""
    return f"call_{uuid.uuid4().hex[:24]}"
