"""Who makes the present request."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """`id` is `admin` for the stack's own token, `adm_…` for a named one, or a key's own."""

    id: str
    name: str


_acting: ContextVar[Actor] = ContextVar("acting")


def acting(actor: Actor) -> None:
    """Says who makes the requests from here on; each invocation says it before its route runs."""
    _acting.set(actor)


def current() -> Actor:
    """Raises `LookupError` if nobody has authenticated."""
    return _acting.get()
