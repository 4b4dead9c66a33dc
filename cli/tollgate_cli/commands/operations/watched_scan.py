"""Long work that somebody watches, and may interrupt."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from tollgate_cli.output.counted import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tollgate_cli.output.printer import Output


@dataclass
class WatchedScan:
    """A bar for a scan that says how far it is, and how much there is, only as it goes: by calling `at`.

    `done` and `of` say how far it came.
    """

    output: Output
    what: str
    done: int = 0
    of: int = 0
    _bars: ExitStack = field(default_factory=ExitStack)
    _advance: Callable[[int], None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.close()

    def at(self, done: int, of: int) -> None:
        """With 0, another reading begins."""
        if done == 0 or self._advance is None:
            self._bars.close()
            self._advance = self._bars.enter_context(self.output.progress(self.what, of))
            self._advance(done)
        else:
            self._advance(done - self.done)
        self.done, self.of = done, of

    @property
    def said_unchanged(self) -> str:
        """Of a scan that only reads."""
        return f"Interrupted after {self.done} of {counted(self.of, 'key')}. Nothing was changed."


@contextmanager
def told_if_interrupted(output: Output, what_was_done: Callable[[], str]) -> Iterator[None]:
    """What somebody who ends it by Ctrl-C hears."""
    try:
        yield
    except KeyboardInterrupt:
        output.complaint(what_was_done())
        raise
