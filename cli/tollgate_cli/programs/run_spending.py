"""What a run has spent: sums by model, once the last calls are in them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Protocol

from tollgate_cli.output.dollars import usd
from tollgate_cli.output.printer import Column

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tollgate_client import AdminClient, Client

_COUNTS: Final = ("requests", "promptTokens", "completionTokens")
_FIRST_PAUSE_SECONDS: Final = 0.25
_LONGEST_PAUSE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Sums:
    """Requests, tokens and USD."""

    requests: int = 0
    promptTokens: int = 0  # noqa: N815 - as the API has it
    completionTokens: int = 0  # noqa: N815
    cost: Decimal = Decimal(0)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Sums:
        counts: list[int] = [row[name] for name in _COUNTS]
        return cls(counts[0], counts[1], counts[2], Decimal(row["cost"]))

    def less(self, other: Sums) -> Sums:
        return Sums(
            self.requests - other.requests,
            self.promptTokens - other.promptTokens,
            self.completionTokens - other.completionTokens,
            self.cost - other.cost,
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """A key at a moment: what it has spent by model, and what its own counters say at once."""

    models: Mapping[str, Sums] = field(default_factory=dict)
    used: Decimal = Decimal(0)
    requests_open: int = 0
    left: tuple[str, ...] = ()

    @property
    def cost(self) -> Decimal:
        return sum((each.cost for each in self.models.values()), Decimal(0))


class Account(Protocol):
    """A key whose spending is looked at. `of` doesn't count what was spent days before the run."""

    @property
    def key_id(self) -> str: ...
    def of(self, first_day: str) -> Standing: ...


@dataclass(frozen=True, slots=True)
class HolderAccount:
    """As the key's holder sees it, or the holder of a key above."""

    client: Client
    key_id: str

    def of(self, first_day: str) -> Standing:
        # The counter first: what it has, the sums must come to.
        key = self.client.get_key(self.key_id)
        usage = self.client.usage(from_=first_day, key_id=self.key_id, tree=True)
        return _standing(key, usage["byModel"])


@dataclass(frozen=True, slots=True)
class AdminAccount:
    """As an administrator sees it."""

    admin: AdminClient
    key_id: str

    def of(self, first_day: str) -> Standing:
        from tollgate_client import pages  # noqa: PLC0415 - brings httpx along

        key = self.admin.get_key(self.key_id)
        rows = pages(self.admin.by_model, from_=first_day, key_id=self.key_id, tree=True)
        return _standing(key, list(rows))


def first_day_of_a_run() -> str:
    """Yesterday in UTC: today has begun by then in every zone."""
    return (datetime.now(UTC) - timedelta(days=1)).date().isoformat()


def spent(
    account: Account, first_day: str, before: Standing, pause: Callable[[float], bool], seconds: float
) -> tuple[Standing, bool]:
    """What was spent since `before`, and whether all of it is in the sums by model.

    Those follow the calls; they are waited for `seconds` at most, and as long as `pause` answers True.
    """
    until = time.monotonic() + seconds
    wait = _FIRST_PAUSE_SECONDS
    while True:
        now = account.of(first_day)
        since = _since(before, now)
        is_whole = now.requests_open == 0 and since.cost >= since.used
        if is_whole or time.monotonic() + wait > until or not pause(wait):
            return since, is_whole
        wait = min(2 * wait, _LONGEST_PAUSE_SECONDS)


def rows_of(standing: Standing) -> list[dict[str, Any]]:
    """A row for each model, and one for all if there are several."""
    rows = [_row(model, sums) for model, sums in sorted(standing.models.items())]
    if len(rows) > 1:
        total = {name: sum(row[name] for row in rows) for name in _COUNTS}
        rows.append({"model": "total", **total, "cost": standing.cost})
    return rows


def columns() -> Sequence[Column]:
    """Of a table of `rows_of`."""
    titles = ("Requests", "Input tokens", "Output tokens")
    return [
        Column("Model", "model", wide=True),
        *(Column(title, _count(name), right=True) for title, name in zip(titles, _COUNTS, strict=True)),
        Column("Cost", lambda row: usd(f"{row['cost']:f}"), right=True),
    ]


def _count(name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda row: f"{row[name]:,}"


def _row(model: str, sums: Sums) -> dict[str, Any]:
    return {"model": model, **{name: getattr(sums, name) for name in _COUNTS}, "cost": sums.cost}


def _standing(key: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Standing:
    left = []
    if key["budgetRemaining"] is not None:
        left.append(f"{usd(key['budgetRemaining'])} of its budget of {usd(key['budgetLimit'])}")
    if key["quotaRemaining"] is not None:
        left.append(f"{usd(key['quotaRemaining'])} of this {key['quotaPeriod']}'s quota")
    models = {row["model"]: Sums.of(row) for row in rows}
    return Standing(models, Decimal(key["budgetUsed"]), key["requestsOpen"], tuple(left))


def _since(before: Standing, now: Standing) -> Standing:
    models = {name: sums.less(before.models.get(name, Sums())) for name, sums in now.models.items()}
    changed = {name: sums for name, sums in models.items() if sums.requests or sums.cost}
    return Standing(changed, now.used - before.used, now.requests_open, now.left)
