"""Work that may wait for others' machines, and how long it may take."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T]) -> T:
    """What the work comes to; raises `TimeoutError` when it takes longer, whatever it waits for.

    A name's resolution can't be given a time, nor a head that comes byte by byte: both are left to end alone.
    """
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(work).result(seconds)
    finally:
        pool.shutdown(wait=False)
