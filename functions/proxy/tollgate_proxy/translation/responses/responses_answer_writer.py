"""An answer as a response."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation.completion import streamed
from tollgate_proxy.translation.responses.writing.response_events import ResponseEvents

if TYPE_CHECKING:
    from tollgate_proxy.translation.completion import Completion
    from tollgate_proxy.translation.conversation import Conversation


def write_answer(completion: Completion, asked: Conversation) -> dict[str, Any]:
    """The response that the stream of the same answer ends with."""
    events = ResponseEvents(asked)
    for event in streamed(completion):
        for _ in events.of(event):
            pass
    return events.response
