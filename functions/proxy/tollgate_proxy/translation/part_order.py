"""A stream whose parts come one after the other, for APIs that want them so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_proxy.translation.completion import PartBegun, PartEnded, PartGrew, PartSealed, Stopped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate_proxy.translation.completion import StreamEvent

    PartEvent = PartBegun | PartGrew | PartSealed | PartEnded


class PartOrder:
    """Keeps back what comes of a part while one of a lower index is open."""

    def __init__(self) -> None:
        self._open: int | None = None
        self._waiting: dict[int, list[PartEvent]] = {}

    def feed(self, event: StreamEvent) -> Iterator[StreamEvent]:
        """What may be told now."""
        if not isinstance(event, PartBegun | PartGrew | PartSealed | PartEnded):
            if isinstance(event, Stopped):
                yield from self._rest()
            yield event
        elif self._open in (None, event.index):
            yield from self._told(event)
        else:
            self._waiting.setdefault(event.index, []).append(event)

    def _told(self, event: PartEvent) -> Iterator[StreamEvent]:
        """An event of the part that is open, and, if it ends it, what of the next ones has waited."""
        yield event
        self._open = None if isinstance(event, PartEnded) else event.index
        while self._open is None and self._waiting:
            for waited in self._waiting.pop(min(self._waiting)):
                yield waited
                self._open = None if isinstance(waited, PartEnded) else waited.index

    def _rest(self) -> Iterator[StreamEvent]:
        """What has waited for a part that never ended."""
        for index in sorted(self._waiting):
            yield from self._waiting.pop(index)
