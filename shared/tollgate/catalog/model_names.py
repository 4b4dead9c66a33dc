"""Providers' names of models: an answer may add a version, or leave out who made the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# What stands between a model's name and its version.
_SEPARATORS = "-@:._/"


def best_match(said: str | None, known: Iterable[str]) -> str | None:
    """Which of the known names an answer means, of several the longest; None if it is none of them."""
    if not said:
        return None
    fitting = [
        name
        for name in known
        if said == name
        or (said.startswith(name) and said[len(name)] in _SEPARATORS)
        or name.endswith(f"/{said}")
        or said.endswith(f"/{name}")
    ]
    return max(fitting, key=len, default=None)
