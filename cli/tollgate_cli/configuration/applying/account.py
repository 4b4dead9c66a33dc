"""What became of each change of a plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tollgate_cli.configuration.planning.plan import Change, Plan


class Outcome(StrEnum):
    DONE = "done"
    # Of a change that takes several requests, some were made.
    PARTLY_DONE = "partly done"
    FAILED = "failed"
    # The request was sent, and its answer never arrived: it may have been made.
    UNKNOWN = "unknown"
    NOT_TRIED = "not tried"


@dataclass
class Entry:
    change: Change
    outcome: Outcome = Outcome.NOT_TRIED
    remark: str = ""
    stopped: bool = False
    """Whether this is where it stopped."""
    lowered: dict[str, Any] = field(default_factory=dict)
    """Fields of a key that are lowered until a later step of its change."""


@dataclass
class Account:
    """`error` is what stopped it; None if all was done. It holds no secret."""

    entries: list[Entry]
    error: BaseException | None = None
    lost_secrets: list[str] = field(default_factory=list)
    """Keys that have a new secret, which was kept nowhere."""

    @classmethod
    def of(cls, plan: Plan) -> Account:
        return cls([Entry(change) for change in plan.changes])

    @cached_property
    def _by_change(self) -> dict[int, Entry]:
        return {id(each.change): each for each in self.entries}

    def entry(self, change: Change) -> Entry:
        return self._by_change[id(change)]

    @property
    def has_begun(self) -> bool:
        """Whether anything was changed, or may have been."""
        return any(
            each.outcome in {Outcome.DONE, Outcome.PARTLY_DONE, Outcome.UNKNOWN} for each in self.entries
        )
