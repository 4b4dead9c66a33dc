"""What a function's module may have, besides the function, for moments when nothing is invoked.

`warm_up()` is called before the first invocation, and before a snapshot: Lambda gives a start a whole
processor. `renew()` is called in what was restored from a snapshot: connections are dead there, and what was
drawn or read before is the same in each copy. Neither takes arguments.
"""

from __future__ import annotations

import logging
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

logger = logging.getLogger(__name__)

# Lambda ends a start that takes longer than 10 seconds, most of which must stay for imports.
MAX_WARM_UP_SECONDS = 3.0


class _TimeUpError(BaseException):
    """No `Exception`, which whoever waits for an answer might take for a failed try, and try again."""


def warm_up(module: ModuleType) -> None:
    """Never fails: what couldn't be done is logged, undone, and left to the first invocation."""
    if not hasattr(module, "warm_up"):
        return
    try:
        with _at_most(MAX_WARM_UP_SECONDS):
            module.warm_up()
    except (Exception, _TimeUpError):
        logger.warning("The function starts cold", exc_info=True)
        try:
            renew(module)
        except Exception:
            logger.warning("What was begun could not be undone", exc_info=True)


def renew(module: ModuleType) -> None:
    """Raises what the function's own raises."""
    if hasattr(module, "renew"):
        module.renew()


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raises _TimeUpError in the block when its time is over, even while it waits. For the main thread."""
    before = signal.signal(signal.SIGALRM, _end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _end(_signal: int, _frame: object) -> NoReturn:
    raise _TimeUpError
