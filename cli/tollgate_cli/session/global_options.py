"""What is said for the whole command line, wherever on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class GlobalOptions:
    """None and False stand for what wasn't said."""

    profile: str | None = None
    url: str | None = None
    local: bool = False
    json: bool = False
    csv: bool = False
    yes: bool = False
    quiet: bool = False
    no_color: bool = False
