"""From what the files declare and what the gateway has to a plan. Pure: nothing is asked, nothing is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate_cli.configuration import canonical
from tollgate_cli.configuration.declared_things import Kind
from tollgate_cli.configuration.files.places import FaultyError
from tollgate_cli.configuration.planning import comparing, key_order, key_steps, plan_checks, pruned_things
from tollgate_cli.configuration.planning.key_steps import Operation
from tollgate_cli.configuration.planning.plan import (
    LABEL_FIELD,
    Action,
    Change,
    Comparisons,
    FieldChange,
    Plan,
    Secret,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tollgate_cli.configuration.actual import Gateway, Thing
    from tollgate_cli.configuration.declared_things import Configuration, Declared
    from tollgate_cli.configuration.planning.key_steps import KeyStep


def plan(
    configuration: Configuration,
    gateway: Gateway,
    comparisons: Comparisons,
    *,
    adopt: bool = False,
    prune: bool = False,
) -> Plan:
    """`adopt` puts the label on what carries none. Raises `FaultyError` for what can't be made."""
    gone = pruned_things.pruned(configuration, gateway) if prune else {}
    faults = list(plan_checks.faults(configuration, gateway))
    if prune:
        faults += pruned_things.faults(gone, configuration, gateway)
    if faults:
        raise FaultyError(faults)
    unlabelled, changes = [], []
    for declared in _in_order(configuration):
        thing = gateway.of(declared.kind).get(declared.name)
        is_unlabelled = thing is not None and _is_labelled(declared.kind) and thing.label is None
        label = configuration.label if adopt or thing is None else None
        change = _creation(declared, label) if thing is None else _edit(declared, thing, comparisons, label)
        if change is not None:
            changes.append(change)
        if is_unlabelled and not adopt:
            unlabelled.append(declared.title)
        if declared.kind is Kind.KEY and comparisons.stored.get(declared.name) is False and thing is not None:
            changes += _issue(declared, thing)
    contested = {change.title for change in changes} & {*unlabelled}
    if prune:
        changes += pruned_things.changes(gone, configuration, gateway)
    steps = key_order.order(changes, configuration, gateway)
    return Plan(
        label=configuration.label,
        changes=tuple(_with_ways(change, steps, gateway) for change in changes),
        key_steps=steps,
        notes=tuple(plan_checks.notes(configuration, gateway, gone.get(Kind.MODEL, {}).keys())),
        not_compared=comparisons.not_compared,
        unlabelled=tuple(unlabelled),
        contested=tuple(title for title in unlabelled if title in contested),
    )


def _is_labelled(kind: Kind) -> bool:
    """Settings and alerts there are once, for all."""
    return kind in {Kind.PROVIDER, Kind.MODEL, Kind.KEY}


def _in_order(configuration: Configuration) -> list[Declared]:
    """By kind; keys parents first, but else as the files have them."""
    keys = configuration.of(Kind.KEY)
    in_tree = sorted(keys.values(), key=lambda key: _depth(key, keys))
    return [each for each in configuration.things if each.kind is not Kind.KEY] + in_tree


def _depth(key: Declared, keys: Mapping[str, Declared]) -> int:
    """How many keys of the files are above it."""
    depth = 0
    while (above := keys.get(key.fields.get("parent") or "")) is not None:
        depth, key = depth + 1, above
    return depth


def _creation(declared: Declared, label: str | None) -> Change:
    fields = [_new(name, value) for name, value in declared.fields.items() if value is not None]
    # Null is said, too, where it keeps a default of the gateway's from being taken.
    fields += [
        FieldChange(name, None, None)
        for name, value in declared.fields.items()
        if value is None and declared.kind is Kind.KEY and name != "parent"
    ]
    labelled = (FieldChange(LABEL_FIELD, None, label),) if label else ()
    return Change(declared.kind, declared.name, Action.CREATE, (*fields, *labelled), declared=declared)


def _new(name: str, value: object) -> FieldChange:
    return FieldChange(name, None, value, secret=name in comparing.SECRETS)


def _edit(declared: Declared, thing: Thing, comparisons: Comparisons, label: str | None) -> Change | None:
    """None if there is nothing to do. `label` is the one to put on what carries none."""
    fields = list(comparing.changes(declared, thing))
    if declared.kind is Kind.PROVIDER and comparisons.providers.get(declared.name) is Secret.DIFFERENT:
        fields.append(FieldChange("apiKey", None, declared.fields["apiKey"], secret=True))
    if label and _is_labelled(declared.kind) and thing.label is None:
        fields.append(FieldChange(LABEL_FIELD, None, label))
    if not fields:
        return None
    notes = tuple(_raise_note(name, *thing.raises[name]) for name in thing.raises if _ends(name, fields))
    if "apiKey" in declared.fields and any(each.name in comparing.HOSTS for each in fields):
        notes += ("its apiKey is sent there, too",)
    return Change(
        declared.kind, declared.name, Action.EDIT, tuple(fields), thing.id, thing.revision, declared, notes
    )


def _with_ways(change: Change, steps: Sequence[KeyStep], gateway: Gateway) -> Change:
    """The change with notes of what it does to its key on the way."""
    own = [step for step in steps if change.kind is Kind.KEY and step.name == change.name]
    lowered = {name: value for step in own for name, value in step.fields.items() if name in step.for_a_time}
    if change.action is not Action.EDIT or not own:
        return change
    raises = gateway.keys[change.name].raises
    ended = [_raise_note(name, *raises[name]) for name in raises if name in lowered]
    notes = [*change.notes, *(note for note in ended if note not in change.notes)]
    moves = "parent" in change.named
    if lowered:
        notes.append(f"{key_steps.lowered_text(lowered)} while {'it moves' if moves else 'other keys move'}")
    if moves and any(
        step.operation is Operation.MOVE and step.fields["parent"] != change.named["parent"] for step in own
    ):
        notes.append("is without a parent while other keys move")
    return replace(change, notes=tuple(notes))


def _ends(limit: str, fields: list[FieldChange]) -> bool:
    """Whether an edit ends the raise of a limit: it names the limit, or what the quota's windows are."""
    named = {each.name for each in fields}
    return limit in named or (limit == "quotaLimit" and "quotaPeriod" in named)


def _raise_note(limit: str, raised: str, until: str) -> str:
    return f"ends the temporary raise of {limit} to {canonical.decimal(raised)} until {until}"


def _issue(declared: Declared, thing: Thing) -> list[Change]:
    """Another secret for a key that has none where the file wants it, unless the one it has was used."""
    if thing.view["lastUsedAt"] is not None:
        return []
    field = FieldChange("secret", None, declared.fields["secret"], secret=True)
    return [Change(Kind.KEY, declared.name, Action.ISSUE, (field,), thing.id, thing.revision, declared)]
