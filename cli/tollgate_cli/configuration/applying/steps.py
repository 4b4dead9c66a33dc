"""A plan's requests, in an order in which rules between keys stand in the way as little as can be."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from tollgate_cli.configuration.declared_things import Kind
from tollgate_cli.configuration.planning.plan import Action, Change

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tollgate_cli.configuration.actual import Gateway
    from tollgate_cli.configuration.planning.plan import Plan


class Operation(StrEnum):
    CREATE = "create"
    EDIT = "edit"
    MOVE = "move"
    ISSUE = "issue"
    DELETE = "delete"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a change, with the fields that it is about, as the files have them."""

    change: Change
    operation: Operation
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Order:
    """What comes one after the other. Of `keys` some may have to wait for others, whatever their order."""

    first: tuple[Step, ...]
    keys: tuple[Step, ...]
    last: tuple[Step, ...]

    @property
    def all(self) -> tuple[Step, ...]:
        return (*self.first, *self.keys, *self.last)


_ENDS: Final = {Action.DELETE: Operation.DELETE, Action.REVOKE: Operation.REVOKE}
_PRIORITIES: Final = ("low", "normal", "high", "critical")
_LIMITS: Final = frozenset({"budgetLimit", "quotaLimit", "safetyLevel"})


def ordered(plan: Plan, gateway: Gateway) -> Order:
    """Settings, alerts, providers, models, then keys, and at the end what goes.

    Keys that are there are first lowered, those below first; then come creations and all other edits, those
    above first; then moves.
    """
    ending = [change for change in plan.changes if change.action in _ENDS]
    of_keys = [change for change in plan.changes if change.kind is Kind.KEY and change not in ending]
    first = [
        _whole(change) for change in plan.changes if change.kind is not Kind.KEY and change not in ending
    ]
    depths = {name: len(key.view["path"]) for name, key in gateway.keys.items()}
    edits = [change for change in of_keys if change.action is Action.EDIT]
    lowering = _lowering(edits) if len(of_keys) > 1 else []
    lowering.sort(key=lambda step: -depths.get(step.change.name, 0))
    done = {(step.change.name, name) for step in lowering for name in step.fields}
    return Order(
        tuple(first),
        (*lowering, *_others(of_keys, done), *_moves(edits), *_issues(of_keys)),
        tuple(Step(change, _ENDS[change.action], {}) for change in ending),
    )


def _whole(change: Change) -> Step:
    is_new = change.action is Action.CREATE
    return Step(change, Operation.CREATE if is_new else Operation.EDIT, change.named)


def _lowering(edits: Iterable[Change]) -> list[Step]:
    steps = []
    for change in edits:
        named = change.named
        # Limits by another period can't be compared.
        lowered = {
            each.name: each.after
            for each in change.fields
            if _is_lower(each.name, each.before, each.after) and "quotaPeriod" not in named
        }
        if lowered:
            steps.append(Step(change, Operation.EDIT, lowered))
    return steps


def _is_lower(name: str, before: Any, after: Any) -> bool:
    if name == "priority":
        return _PRIORITIES.index(after) < _PRIORITIES.index(before)
    if name not in _LIMITS or after is None:
        return False
    return before is None or Decimal(after) < Decimal(before)


def _others(changes: Iterable[Change], done: set[tuple[str, str]]) -> list[Step]:
    steps = []
    for change in changes:
        if change.action is Action.CREATE:
            steps.append(Step(change, Operation.CREATE, change.named))
            continue
        left = {
            name: value
            for name, value in change.named.items()
            if name not in {"parent", "secret"} and (change.name, name) not in done
        }
        if left:
            steps.append(Step(change, Operation.EDIT, left))
    return steps


def _moves(edits: Iterable[Change]) -> list[Step]:
    return [
        Step(change, Operation.MOVE, {"parent": change.named["parent"]})
        for change in edits
        if "parent" in change.named
    ]


def _issues(changes: Iterable[Change]) -> list[Step]:
    return [
        Step(change, Operation.ISSUE, change.named) for change in changes if change.action is Action.ISSUE
    ]
