"""Waiting for what is to come, with an end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def until(read: Callable[[], T], seconds: float = 60) -> T:
    """What `read` returns once it returns something true. Fails when it hasn't after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := read()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)
    return found
