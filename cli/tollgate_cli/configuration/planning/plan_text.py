"""A plan as a person reviews it: what comes, what changes from what to what, and what goes."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tollgate_cli.configuration.planning.plan import LABEL_FIELD, Action
from tollgate_cli.output.shown_text import escaped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tollgate_cli.configuration.planning.plan import Change, FieldChange, Plan

SIGNS: Final = {
    Action.CREATE: "+",
    Action.EDIT: "~",
    Action.ISSUE: "~",
    Action.DELETE: "-",
    Action.REVOKE: "-",
}
_STYLES: Final = {"+": "green", "~": "yellow", "-": "red"}
_COUNTED: Final = {
    Action.CREATE: "to create",
    Action.EDIT: "to change",
    Action.ISSUE: "to get a secret",
    Action.DELETE: "to delete",
    Action.REVOKE: "to revoke",
}
_NOTHING: Final = "(none)"
_ARROW: Final = " → "


class Line(NamedTuple):
    """A line of a plan, and the colour that it may have."""

    text: str
    style: str | None = None


def lines(plan: Plan, width: int) -> Iterator[Line]:
    """The whole plan, in lines of at most `width` columns where words allow it."""
    for change in plan.changes:
        yield from _change(change, plan.label, width)
    if plan.changes:
        yield Line("")
    yield Line(summary(plan), "bold")


def remarks(plan: Plan) -> list[str]:
    """What else is to be said of a plan."""
    made = [f"Not compared: {each}" for each in plan.not_compared]
    made += [f"Note: {each}" for each in plan.notes]
    if plan.unlabelled:
        things = "1 thing carries" if len(plan.unlabelled) == 1 else f"{len(plan.unlabelled)} things carry"
        made.append(
            f"Note: {things} no label yet: {shortened(plan.unlabelled)}. "
            f"With --adopt they get the label {plan.label}."
        )
    return [escaped(each) for each in made]


def summary(plan: Plan) -> str:
    counts = plan.counts
    shown = [f"{counts[action]} {text}" for action, text in _COUNTED.items() if counts[action]]
    return f"{', '.join(shown)}." if shown else "No differences."


def headline(change: Change, label: str) -> str:
    """What happens to what, on one line."""
    why = f" (carries {label}; in no file)" if change.action in {Action.DELETE, Action.REVOKE} else ""
    revoked = " revoked, for it was used" if change.action is Action.REVOKE else ""
    return escaped(f"{SIGNS[change.action]} {change.title}{revoked}{why}")


def differences(change: Change) -> Iterator[tuple[str, str]]:
    """Names of fields, or of parts of them, and how they change."""
    for field in change.fields:
        name = "label" if field.name == LABEL_FIELD else field.name
        for path, shown in _parts(name, field, is_new=change.action is Action.CREATE):
            yield escaped(path), escaped(shown)


def shortened(names: tuple[str, ...], most: int = 5) -> str:
    """The first of many."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def _change(change: Change, label: str, width: int) -> Iterator[Line]:
    style = _STYLES[SIGNS[change.action]]
    head, parts = headline(change, label), list(differences(change))
    one = f"{head}: " + ", ".join(f"{name} {shown}" for name, shown in parts)
    if parts and len(parts) <= 2 and len(one) <= width:
        yield Line(one, style)
    else:
        yield Line(head, style)
        column = min(max((len(name) for name, _ in parts), default=0), 30)
        for name, shown in parts:
            yield from _wrapped(f"    {name:<{column}}  ", shown, width)
    for note in change.notes:
        yield from _wrapped("    ! ", escaped(note), width)


def _wrapped(start: str, text: str, width: int) -> Iterator[Line]:
    indent = " " * min(len(start), 20)
    wrapped = textwrap.wrap(
        text,
        width,
        initial_indent=start,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    for each in wrapped or [start.rstrip()]:
        yield Line(each)


def _parts(name: str, field: FieldChange, *, is_new: bool) -> Iterator[tuple[str, str]]:
    if field.secret:
        (kind, where), *_ = field.after.items()
        yield (
            name,
            f"from {'the environment variable' if kind == 'env' else 'the parameter'} {where}"
            if (name == "apiKey")
            else f"to the parameter {where}",
        )
        return
    before, after = flat(field.before), flat(field.after)
    if is_new:
        for path, value in after.items():
            yield f"{name}{path}", _shown(value)
        return
    for path in dict.fromkeys([*before, *after]):
        was, will_be = _shown(before.get(path)), _shown(after.get(path))
        is_whole = path in before and path in after
        # What was empty and gets parts, or loses them all, shows by these.
        if before.get(path) != after.get(path) if is_whole else was != will_be:
            yield f"{name}{path}", f"{was}{_ARROW}{will_be}"


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """The leaves of a value by their paths in it; what is empty, and lists of plain values, are leaves."""
    if isinstance(value, dict) and value:
        return {
            key: each
            for name, within in value.items()
            for key, each in flat(within, f"{path}.{name}").items()
        }
    if isinstance(value, list) and any(isinstance(each, dict) for each in value):
        return {
            key: each
            for place, within in enumerate(value)
            for key, each in flat(within, f"{path}[{place}]").items()
        }
    return {path: value}


def _shown(value: Any) -> str:
    if value is None or value in ([], {}):
        return _NOTHING
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value)


def as_rows(plan: Plan) -> Iterator[Mapping[str, Any]]:
    """For CSV: a row for each field of each change."""
    for change in plan.changes:
        row = {"action": change.action, "kind": change.kind, "name": change.name}
        for name, shown in [*differences(change)] or [("", "")]:
            yield {**row, "field": name, "change": shown}
