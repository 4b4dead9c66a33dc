"""Calls of tools as a chat's stream brings them: in pieces, which tell whose they are by an index, or an id,
or by neither where each chunk has a whole call.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tollgate.lean_dataclass import dataclass
from tollgate_proxy.translation.call_ids import new_call_id

if TYPE_CHECKING:
    from tollgate_proxy.translation.chat.chat_answer_parts import CallPiece


@dataclass(slots=True)
class StreamedCall:
    """A call as far as it has come. `part` is its part's index, None as long as its name hasn't come."""

    given_id: str | None
    id: str
    name: str = ""
    arguments: str = ""
    is_custom: bool = False
    extra: Any = None
    part: int | None = None


class CallStream:
    """The calls of one stream, in their order."""

    def __init__(self) -> None:
        self.calls: list[StreamedCall] = []
        self._by_index: dict[int, StreamedCall] = {}

    def take(self, piece: CallPiece) -> StreamedCall:
        """The call that a piece belongs to, with it."""
        call = self._of(piece)
        if call is None:
            call = StreamedCall(piece.id, piece.id or new_call_id())
            self.calls.append(call)
        if piece.index is not None:
            self._by_index[piece.index] = call
        call.name = call.name or piece.name
        call.arguments += piece.arguments
        call.is_custom = call.is_custom or piece.is_custom
        call.extra = piece.extra or call.extra
        return call

    def _of(self, piece: CallPiece) -> StreamedCall | None:
        if piece.index is not None:
            call = self._by_index.get(piece.index)
            return None if call is None or _is_another(call, piece) else call
        if piece.id is not None:
            return next((call for call in self.calls if call.given_id == piece.id), None)
        return self.calls[-1] if self.calls and not (piece.name and self.calls[-1].name) else None


def _is_another(call: StreamedCall, piece: CallPiece) -> bool:
    """Whether a piece begins a further call under an index that has one: some give all calls the same."""
    if not (piece.name and call.name):
        return False
    if piece.id is not None and call.given_id is not None:
        return piece.id != call.given_id
    return bool(piece.arguments) and _is_whole(call.arguments)


def _is_whole(arguments: str) -> bool:
    try:
        json.loads(arguments)
    except (ValueError, RecursionError):
        return False
    return True
