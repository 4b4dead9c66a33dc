"""The requests that change keys: which fields go together, and which only lower what a key may."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

Fields = dict[str, Any]


class Operation(StrEnum):
    CREATE = "create"
    EDIT = "edit"
    MOVE = "move"
    ISSUE = "issue"
    DELETE = "delete"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class KeyStep:
    """A step of a key's change. `for_a_time` are fields that a later step sets as the files say."""

    name: str
    operation: Operation
    fields: Mapping[str, Any]
    for_a_time: frozenset[str] = frozenset()


PRIORITIES: Final = ("low", "normal", "high", "critical")
_QUOTA: Final = frozenset(
    {"quotaLimit", "quotaPeriod", "quotaZone", "quotaStartDay", "quotaCarryUnused", "quotaCarryOverspend"}
)
# What may be said along with a limit, in one request.
_BESIDE_BUDGET: Final = _QUOTA | {"budgetAlertThresholds", "ownerEmail", "enforcement", "overcommit"}
_BOUNDED: Final = _QUOTA | {"budgetLimit", "safetyLevel", "priority", "overcommit"}


def requests(fields: Mapping[str, Any]) -> list[Fields]:
    """The edits, one after the other, that a key's fields take: only one of them takes its budget."""
    if "budgetLimit" not in fields:
        return [dict(fields)] if fields else []
    first = {name: value for name, value in fields.items() if name in _BESIDE_BUDGET | {"budgetLimit"}}
    rest = {name: value for name, value in fields.items() if name not in first}
    return [first, rest] if rest else [first]


def parts(fields: Mapping[str, Any]) -> list[Fields]:
    """Fields in the smallest edits that make sense: a quota is one, and so is what nothing else bounds."""
    quota = {name: value for name, value in fields.items() if name in _QUOTA}
    free = {name: value for name, value in fields.items() if name not in _BOUNDED}
    single = [{name: value} for name, value in fields.items() if name in _BOUNDED - _QUOTA]
    return [each for each in (free, quota, *single) if each]


def lowering(fields: Mapping[str, Any], values: Mapping[str, Any]) -> Fields:
    """Those of a key's new fields that let it no more than it has; nothing if none of them lets it less.

    `values` are what it has.
    """
    found: Fields = {}
    lowers = False
    for part in parts(fields):
        changes = {_compared(name, value, values) for name, value in part.items()}
        if part.keys() <= _QUOTA and part.get("quotaLimit", values["quotaLimit"]) == "0":
            # Nothing is no more in any window.
            changes = {"less"}
        if "more" not in changes:
            found |= part
            lowers = lowers or "less" in changes
    return found if lowers else {}


def _compared(name: str, after: Any, values: Mapping[str, Any]) -> str:
    """Whether a new value is `less` than what the key has, `more`, or neither (`same`)."""
    if name not in _BOUNDED or name not in values:
        return "same"
    before = values[name]
    if name == "overcommit":
        is_less, is_same = False, after or not before
    elif name == "quotaPeriod":
        # Limits of different windows can't be compared.
        is_less, is_same = False, before in {None, after}
    elif name == "priority":
        is_less, is_same = PRIORITIES.index(after) < PRIORITIES.index(before), after == before
    else:
        is_less = after is not None and (before is None or Decimal(after) < Decimal(before))
        is_same = after == before
    if is_same:
        return "same"
    return "less" if is_less else "more"


def lowered_text(fields: Mapping[str, Any]) -> str:
    """Of fields that are lowered for a time."""
    by_value: dict[str, list[str]] = {}
    for name, value in fields.items():
        by_value.setdefault("on" if value is True else f"lowered to {value}", []).append(name)
    return ", ".join(
        f"{' and '.join(names)} {'are' if len(names) > 1 else 'is'} {how}" for how, names in by_value.items()
    )
