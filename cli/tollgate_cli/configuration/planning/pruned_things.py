"""What carries the label and is in no file: to be taken away, if nothing that stays needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_cli.configuration.declared_things import Kind
from tollgate_cli.configuration.files.places import Fault
from tollgate_cli.configuration.files.references import providers_named
from tollgate_cli.configuration.planning.plan import Action, Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tollgate_cli.configuration.actual import Gateway, Thing
    from tollgate_cli.configuration.declared_things import Configuration

Pruned = dict[Kind, dict[str, "Thing"]]


def pruned(configuration: Configuration, gateway: Gateway) -> Pruned:
    """By kind and name; without keys that are revoked already, because they were used."""
    found: Pruned = {}
    for kind in (Kind.KEY, Kind.MODEL, Kind.PROVIDER):
        declared = configuration.of(kind)
        found[kind] = {
            name: thing
            for name, thing in gateway.of(kind).items()
            if thing.label == configuration.label and name not in declared
        }
    keys = found[Kind.KEY]
    children = _children(configuration, gateway)
    found[Kind.KEY] = {name: thing for name, thing in keys.items() if not _is_ended(thing, children, keys)}
    return found


def changes(gone: Pruned, configuration: Configuration, gateway: Gateway) -> list[Change]:
    """Keys, those below before those above, then models, then providers."""
    children = _children(configuration, gateway)
    deepest_first = sorted(gone[Kind.KEY].values(), key=lambda each: -len(each.view["path"]))
    made = [_ended(each, children, gone[Kind.KEY]) for each in deepest_first]
    made += [_change(each, Action.DELETE) for each in gone[Kind.MODEL].values()]
    return made + [_change(each, Action.DELETE) for each in gone[Kind.PROVIDER].values()]


def faults(gone: Pruned, configuration: Configuration, gateway: Gateway) -> Iterator[Fault]:
    """Where something stays that needs what would go."""
    yield from _children_left(gone[Kind.KEY], configuration, gateway)
    declared = configuration.of(Kind.MODEL)
    for name, model in gateway.models.items():
        if name in gone[Kind.MODEL]:
            continue
        fields = {**model.fields, **(declared[name].fields if name in declared else {})}
        for provider in sorted({each for _, each in providers_named(fields)} & gone[Kind.PROVIDER].keys()):
            message = (
                f"The provider {provider} is in no file, so it would be pruned, but it serves {model.title}."
            )
            yield Fault(message)


def _children_left(
    gone: Mapping[str, Thing], configuration: Configuration, gateway: Gateway
) -> Iterator[Fault]:
    declared = configuration.of(Kind.KEY)
    stays = {name: parent for name, parent in _parents(configuration, gateway).items() if name not in gone}
    for name, parent in stays.items():
        is_revoked = name in gateway.keys and gateway.keys[name].view["status"] == "revoked"
        if parent in gone and not is_revoked:
            message = (
                f"The key {parent} is in no file, so it would be pruned, but the key {name} below it stays: "
                "move that key, or put its parent back into a file."
            )
            yield Fault(message, declared[name].place if name in declared else None)


def _parents(configuration: Configuration, gateway: Gateway) -> dict[str, str | None]:
    """Of each key, the one above it once the files are applied."""
    actual = {name: key.fields["parent"] for name, key in gateway.keys.items()}
    declared = configuration.of(Kind.KEY).items()
    return actual | {name: key.fields.get("parent", actual.get(name)) for name, key in declared}


def _children(configuration: Configuration, gateway: Gateway) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, parent in _parents(configuration, gateway).items():
        if parent is not None:
            found.setdefault(parent, set()).add(name)
    return found


def _is_deletable(key: Thing, children: Mapping[str, set[str]], gone: Mapping[str, Thing]) -> bool:
    """Whether it was never used, and nothing is left below it by then."""
    if key.view["lastUsedAt"] is not None or key.view["requestsOpen"]:
        return False
    below = children.get(key.name, set())
    return all(each in gone and _is_deletable(gone[each], children, gone) for each in below)


def _is_ended(key: Thing, children: Mapping[str, set[str]], gone: Mapping[str, Thing]) -> bool:
    return key.view["status"] == "revoked" and not _is_deletable(key, children, gone)


def _ended(key: Thing, children: Mapping[str, set[str]], gone: Mapping[str, Thing]) -> Change:
    return _change(key, Action.DELETE if _is_deletable(key, children, gone) else Action.REVOKE)


def _change(thing: Thing, action: Action) -> Change:
    return Change(thing.kind, thing.name, action, id=thing.id, revision=thing.revision)
