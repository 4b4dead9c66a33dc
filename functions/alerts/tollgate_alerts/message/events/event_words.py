"""The words of one piece of news."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class EventWords:
    """As `MessageContent` has them. `context` is for programs: exact decimals in USD, moments in RFC 3339.

    `shows_models` says that it matters what models have cost of late.
    """

    label: str
    headline: str
    summary: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    consequences: tuple[str, ...]
    advice: tuple[str, ...]
    context: Mapping[str, str] = field(default_factory=dict)
    shows_models: bool = False
