"""What has become doubtful about a catalog by a certain day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tollgate_admin.catalog.shipped.import_schemas import ImportEntry
    from tollgate_admin.catalog.shipped.shipped_prices import Catalog, Entry

DAYS = 90


@dataclass(frozen=True, slots=True)
class Finding:
    model: str
    problem: str

    def __str__(self) -> str:
        return f"{self.model}: {self.problem}"


def findings(catalog: Catalog, today: date, days: int = DAYS) -> list[Finding]:
    """Entries read more than `days` days ago or priced no longer, missing models and missing prices."""
    doubts = [
        Finding(entry.system_name, problem)
        for entry in catalog.models
        for problem in _problems(entry, today, days)
    ]
    present = {entry.system_name for entry in catalog.models}
    missing = [Finding(name, "is missing") for name in catalog.expected if name not in present]
    return doubts + missing


def is_stale(entry: Entry, today: date, days: int = DAYS) -> bool:
    """Whether its prices were read more than `days` days ago."""
    return (today - entry.sourced_at).days > days


def has_ended(entry: Entry | ImportEntry, today: date) -> bool:
    """Whether the vendor's price is another one by now."""
    return entry.valid_until is not None and today > entry.valid_until


def _problems(entry: Entry, today: date, days: int) -> Iterator[str]:
    age = (today - entry.sourced_at).days
    if is_stale(entry, today, days):
        yield f"its prices were read {age} days ago, on {entry.sourced_at}"
    if age < 0:
        yield f"its prices were read on {entry.sourced_at}, a day in the future"
    if has_ended(entry, today):
        yield f"its prices ended on {entry.valid_until}"
    if entry.model_type == "chat" and entry.output_price is None:
        yield "is a chat model without an output price"
