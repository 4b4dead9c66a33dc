"""Ctrl-C and termination as one KeyboardInterrupt that nothing is lost to."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

INTERRUPTED = 130
"""A shell's exit code for a program that Ctrl-C ended."""


def interrupt_once() -> None:
    """Make the first stopping signal raise KeyboardInterrupt; later ones must not cut off the way out."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for stopping in STOPPING:
            signal.signal(stopping, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in STOPPING:
        signal.signal(number, interrupt)


@contextmanager
def held_back() -> Iterator[None]:
    """Deliver stopping signals at the block's end: none may fall between starting a child and noting it."""
    pending: list[int] = []
    handlers = {number: signal.getsignal(number) for number in STOPPING}
    try:
        for number in STOPPING:
            signal.signal(number, lambda number, _frame: pending.append(number))
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for arrived in pending:
            signal.raise_signal(arrived)
