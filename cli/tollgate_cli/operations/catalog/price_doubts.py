"""What is doubtful about the prices of a gateway's models, by what its API says of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tollgate_client import pages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tollgate_client import AdminClient

# Prices that were read longer ago are stale to the gateway, too.
DAYS = 90
_PAGE = 100


class Doubt(StrEnum):
    """`missing`: calls are refused, or free. `ended`: the vendor has announced another price for today.

    `changed`: the shipped catalog has other prices. `stale`: they were read too long ago.
    """

    MISSING = "missing"
    ENDED = "ended"
    CHANGED = "changed"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class PriceDoubt:
    """`command` is what mends it."""

    model: str
    provider: str
    doubt: Doubt
    problem: str
    command: str

    def row(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "provider": self.provider,
            "doubt": self.doubt.value,
            "problem": self.problem,
            "command": self.command,
        }


@dataclass(frozen=True, slots=True)
class CheckedPrices:
    """How many models there are, and what is doubtful about their prices, by model."""

    models: int
    doubts: tuple[PriceDoubt, ...]


def of_gateway(admin: AdminClient, today: date, days: int = DAYS) -> CheckedPrices:
    """Reads all models and providers, and the shipped catalog once for each provider of a model."""
    models: list[Any] = list(pages(admin.list_models, limit=_PAGE))
    names = {each["id"]: each["name"] for each in pages(admin.list_providers, limit=_PAGE)}
    shipped = {
        provider_id: {
            each["systemName"]: each for each in pages(admin.list_catalog, provider_id, limit=_PAGE)
        }
        for provider_id in sorted({model["providerId"] for model in models})
    }
    doubts = [
        PriceDoubt(model["systemName"], names.get(provider_id, provider_id), doubt, problem, command)
        for model in models
        for provider_id, doubt, problem, command in _doubts(model, shipped[model["providerId"]], today, days)
    ]
    return CheckedPrices(len(models), tuple(doubts))


_Found = tuple[str, Doubt, str, str]


def _doubts(model: Any, shipped: Mapping[str, Any], today: date, days: int) -> Iterator[_Found]:
    provider, name = model["providerId"], model["systemName"]
    edit = f"tollgate models edit {name} --input-price … --output-price …"
    reload = f"tollgate catalog load {provider} {name} --update"
    if not model["priced"]:
        free = model["allowUnpriced"]
        problem = "has no price: its calls are free" if free else "has no price: its calls are refused"
        yield provider, Doubt.MISSING, problem, edit
    entry = shipped.get(name)
    if model["fromCatalog"] and entry is not None:
        if entry["state"] == "ended":
            yield provider, Doubt.ENDED, f"its vendor's price ended on {entry['validUntil']}", edit
        elif entry["state"] == "price_changed":
            yield provider, Doubt.CHANGED, "the gateway's catalog has other prices", reload
    age = _age(model, today)
    if age is not None and age > days:
        yield provider, Doubt.STALE, _read_long_ago(model, age), edit
    for alternative in model["alternatives"]:
        yield from _doubts_of_alternative(name, alternative, today, days)


def _doubts_of_alternative(name: str, alternative: Any, today: date, days: int) -> Iterator[_Found]:
    provider, show = alternative["providerId"], f"tollgate models show {name}"
    if not alternative["ownPrices"]:
        return
    if not alternative["priced"]:
        yield provider, Doubt.MISSING, "the alternative has no whole price", show
    age = _age(alternative, today)
    if age is not None and age > days:
        yield provider, Doubt.STALE, f"the alternative: {_read_long_ago(alternative, age)}", show


def _age(priced: Any, today: date) -> int | None:
    """Days since the prices were read; None for those that somebody has set without a source."""
    return (today - date.fromisoformat(priced["sourcedAt"])).days if priced["sourcedAt"] else None


def _read_long_ago(priced: Any, age: int) -> str:
    return f"its prices were read {age} days ago, on {priced['sourcedAt']}"
