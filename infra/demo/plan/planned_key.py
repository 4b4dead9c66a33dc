"""What a key of the demo company is planned to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class PlannedKey:
    """`requests` are those of a working day, of the `models` by their weights and of about `tokens` each.

    A limit is said as a share of what the key and those below it come to in the whole time: of 1.25, four
    fifths are used in the end. `settings` are fields of the admin API; `born` and `ended` are days
    before now.
    """

    name: str
    below: str | None = None
    owner: str | None = None
    requests: float = 0
    models: dict[str, int] = field(default_factory=dict)
    tokens: int = 4_000
    cached: float = 0.0
    limit: float | None = None
    quota: tuple[str, float] | None = None
    """A period, and the quota as a share of what such a period comes to on average."""
    settings: dict[str, Any] = field(default_factory=dict)
    born: int = 60
    ended: int = 0
