"""What was found and looked at, and why it may stay: accepted.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent / "accepted.toml"


@cache
def _entries() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(_FILE.read_text())


def texts() -> set[str]:
    """That look like secrets and are none."""
    return {each["text"] for each in _entries().get("text", [])}


def vulnerabilities() -> set[str]:
    """Their ids, as the audit tells them."""
    return {each["id"] for each in _entries().get("vulnerability", [])}


def reasons() -> list[str]:
    return [each.get("why", "") for entries in _entries().values() for each in entries]
