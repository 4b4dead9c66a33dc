"""A plan's requests, in the order in which they are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tollgate_cli.configuration.declared_things import Kind
from tollgate_cli.configuration.planning.key_steps import Operation
from tollgate_cli.configuration.planning.plan import Action, Change

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_cli.configuration.planning.plan import Plan


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a change, with the fields that it is about, as the files have them.

    `for_a_time` are fields of a key that are lowered until a later step.
    """

    change: Change
    operation: Operation
    fields: Mapping[str, Any]
    for_a_time: frozenset[str] = frozenset()


_ENDS: Final = {Action.DELETE: Operation.DELETE, Action.REVOKE: Operation.REVOKE}


def ordered(plan: Plan) -> tuple[Step, ...]:
    """Settings, alerts, providers, models, then keys, and at the end what goes."""
    of_keys = {
        change.name: change
        for change in plan.changes
        if change.kind is Kind.KEY and change.action is not Action.ISSUE
    }
    keys = [Step(of_keys[each.name], each.operation, each.fields, each.for_a_time) for each in plan.key_steps]
    gone = {step.change.name for step in keys if step.operation is Operation.DELETE}
    first, issues, last = [], [], []
    for change in plan.changes:
        if change.action in _ENDS:
            if change.kind is not Kind.KEY or change.name not in gone:
                last.append(Step(change, _ENDS[change.action], {}))
        elif change.action is Action.ISSUE:
            issues.append(Step(change, Operation.ISSUE, change.named))
        elif change.kind is not Kind.KEY:
            is_new = change.action is Action.CREATE
            first.append(Step(change, Operation.CREATE if is_new else Operation.EDIT, change.named))
    return (*first, *keys, *issues, *last)
