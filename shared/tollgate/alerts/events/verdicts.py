"""What follows from how a key stands: what is to be told, and when there may be more to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.alerts.alerts import AlertContent

T = TypeVar("T")


class Verdict(NamedTuple, Generic[T]):
    """`told` is what has been told once the `contents` are."""

    told: T
    contents: tuple[AlertContent, ...] = ()
    look_again_at: datetime | None = None


def earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
