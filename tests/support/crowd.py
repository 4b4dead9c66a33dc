"""Clients that spend from one key without a pause, while somebody edits it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from tollgate.conflicts import EditConflictError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.ledger_world import LedgerWorld
    from tollgate.keys.api_keys import ApiKey
    from tollgate.ledger.admissions import AdmittedRequest

T = TypeVar("T")

# How often an edit may meet the crowd until that holds still for it.
_TRIES = 10
# Only what hangs takes as long.
_PATIENCE_SECONDS = 60


class Crowd:
    """Each client has a request open, at 0.01 USD of 0.02 held, while it opens the next one."""

    def __init__(self, ledgers: LedgerWorld, key: ApiKey, clients: int) -> None:
        self._ledgers, self._key, self._clients = ledgers, key, clients
        self._changed = threading.Condition()
        self._is_over = False
        self._is_still = False
        self._calls = self._resting = self._gone = 0

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Raises what any of the clients has met."""
        with ThreadPoolExecutor(self._clients) as pool:
            clients = [pool.submit(self._spend) for _ in range(self._clients)]
            try:
                self._wait_for_calls()
                yield
            finally:
                self._tell(is_over=True)
            for done in clients:
                done.result()

    def edit(self, edit: Callable[[], T]) -> T:
        """An edit that conflicts is made again, in the end while no client moves; calls follow it."""
        try:
            for _ in range(_TRIES):
                try:
                    return edit()
                except EditConflictError:
                    continue
            self._tell(is_still=True)
            self._wait_until(lambda: self._resting + self._gone == self._clients)
            return edit()
        finally:
            self._tell(is_still=False)
            self._wait_for_calls()

    def _spend(self) -> None:
        opened = None
        try:
            while self._may_go_on():
                following = self._ledgers.admit(self._key, cost="0.02")
                if opened is not None:
                    self._settle(opened)
                opened = following
            if opened is not None:
                self._settle(opened)
        finally:
            with self._changed:
                self._gone += 1
                self._changed.notify_all()

    def _settle(self, opened: AdmittedRequest) -> None:
        self._ledgers.ledger.settle(opened, self._ledgers.record(opened, self._key, cost="0.01"))
        with self._changed:
            self._calls += 1
            self._changed.notify_all()

    def _may_go_on(self) -> bool:
        with self._changed:
            self._resting += 1
            self._changed.notify_all()
            self._wait_until(lambda: not self._is_still)
            self._resting -= 1
            return not self._is_over

    def _tell(self, *, is_still: bool = False, is_over: bool = False) -> None:
        with self._changed:
            self._is_still, self._is_over = is_still, is_over
            self._changed.notify_all()

    def _wait_for_calls(self) -> None:
        """Until each client may have made one more."""
        wanted = self._calls + self._clients
        self._wait_until(lambda: self._calls >= wanted or self._gone > 0)

    def _wait_until(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            if not self._changed.wait_for(condition, _PATIENCE_SECONDS):
                raise TimeoutError
