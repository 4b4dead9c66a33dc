"""Calls to DynamoDB that come between each other's: in turns that a seed decides, or just where it hurts."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Any

from tests.support.faults import READS, KilledError, OneByOne

if TYPE_CHECKING:
    from collections.abc import Callable


class Turns:
    """Runs workers one call at a time, `between` after each write; `deaths` is how many workers may die."""

    def __init__(self, seed: int, between: Callable[[], None], *, deaths: int = 0) -> None:
        self._random = random.Random(seed)
        self._between = between
        self._deaths = deaths
        self._changed = threading.Condition()
        self._waiting: list[int] = []
        self._running: set[int] = set()
        self._turn: int | None = None
        self._dead: set[int] = set()

    def client(self, client: Any, worker: int) -> Any:
        return _TurnClient(client, self, worker)

    def run(self, workers: list[Callable[[], None]]) -> list[BaseException]:
        """Runs all workers to their ends; returns what they raised, deaths aside."""
        raised: list[BaseException] = []

        def work(number: int, worker: Callable[[], None]) -> None:
            try:
                worker()
            except KilledError:
                pass
            except BaseException as error:
                raised.append(error)
            finally:
                with self._changed:
                    self._running.discard(number)
                    self._turn = None
                    self._changed.notify_all()

        self._running = set(range(len(workers)))
        threads = [
            threading.Thread(target=work, args=(number, each), daemon=True)
            for number, each in enumerate(workers)
        ]
        for thread in threads:
            thread.start()
        self._take_turns()
        for thread in threads:
            thread.join()
        return raised

    def _take_turns(self) -> None:
        with self._changed:
            while self._running:
                if self._turn is not None or len(self._waiting) < len(self._running):
                    self._changed.wait(30)
                    continue
                self._turn = self._random.choice(sorted(self._waiting))
                self._changed.notify_all()

    def call(self, worker: int, operation: str, call: Callable[..., Any], request: dict[str, Any]) -> Any:
        with self._changed:
            if worker in self._dead:
                raise KilledError(operation)
            self._waiting.append(worker)
            self._changed.notify_all()
            while self._turn != worker:
                self._changed.wait(30)
            self._waiting.remove(worker)
            dies = self._deaths > 0 and self._random.random() < 0.1
            if dies:
                self._deaths -= 1
                self._dead.add(worker)
        try:
            if dies and self._random.random() < 0.5:
                raise KilledError(operation)
            try:
                answer = call(**request)
            finally:
                if operation not in READS:
                    self._between()
            if dies:
                raise KilledError(operation)
            return answer
        finally:
            with self._changed:
                self._turn = None
                self._changed.notify_all()


class _TurnClient(OneByOne):
    def __init__(self, client: Any, turns: Turns, worker: int) -> None:
        self._client, self._turns, self._worker = client, turns, worker

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self._client, operation)

        def in_turn(**request: Any) -> Any:
            return self._turns.call(self._worker, operation, call, request)

        return in_turn


class InterruptedClient(OneByOne):
    """Before the first call of an operation on an item, something else happens."""

    def __init__(self, client: Any, operation: str, key_id: str, happens: Callable[[], object]) -> None:
        self._client = client
        self._operation, self._key_id = operation, key_id
        self._happens: Callable[[], object] | None = happens

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self._client, operation)

        def interrupted(**request: Any) -> Any:
            happens = self._happens
            if happens and operation == self._operation and f"'{self._key_id}'" in str(request):
                self._happens = None
                happens()
            return call(**request)

        return interrupted

    @property
    def was_interrupted(self) -> bool:
        return self._happens is None
