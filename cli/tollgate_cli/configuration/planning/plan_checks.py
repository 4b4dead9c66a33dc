"""What can't be made of what the gateway has, said before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tollgate_cli.configuration.declared_things import Kind
from tollgate_cli.configuration.files.places import Fault
from tollgate_cli.configuration.files.references import models_named, providers_named
from tollgate_cli.configuration.planning import target_checks
from tollgate_cli.configuration.planning.comparing import QUOTA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from tollgate_cli.configuration.actual import Gateway, Thing
    from tollgate_cli.configuration.declared_things import Configuration, Declared

_FIXED: Final = {Kind.PROVIDER: ("type",), Kind.MODEL: ("modelType",)}
_NEEDED: Final = {
    Kind.PROVIDER: ("type", "baseUrl"),
    Kind.MODEL: ("provider", "modelType"),
    Kind.KEY: ("name",),
}
_ONLY_WITH_QUOTA: Final = (*QUOTA, "quotaCarryUnused", "quotaCarryOverspend")


def faults(configuration: Configuration, gateway: Gateway) -> Iterator[Fault]:
    """All that stands in the way of the files' things."""
    for declared in configuration.things:
        thing = gateway.of(declared.kind).get(declared.name)
        if thing is None:
            yield from _of_creation(declared)
        else:
            yield from _of_edit(declared, thing, configuration.label)
        yield from _of_references(declared, configuration, gateway)
        if declared.kind is Kind.MODEL:
            yield from target_checks.faults(declared, thing, configuration, gateway)
        if declared.kind is Kind.KEY:
            yield from _of_quota(declared, thing, gateway)
    yield from _cycles(configuration, gateway)


def notes(configuration: Configuration, gateway: Gateway, gone: AbstractSet[str]) -> Iterator[str]:
    """What may be a slip. `gone` are models that are pruned."""
    models = (gateway.models.keys() - gone) | configuration.of(Kind.MODEL).keys()
    for key in configuration.of(Kind.KEY).values():
        for path, name in models_named(key.fields):
            if name not in models:
                yield f"{key.places.of(*path)}: the {key.title} names the model {name}, which there won't be."
        thing = gateway.keys.get(key.name)
        if thing is not None and thing.view["status"] == "revoked":
            yield f"The {key.title} is revoked. That stays so; `tollgate keys reinstate` takes it back."


def _of_creation(declared: Declared) -> Iterator[Fault]:
    for name in _NEEDED.get(declared.kind, ()):
        if declared.fields.get(name) is None:
            yield Fault(f"The {declared.title} is new, and needs `{name}`.", declared.place)


def _of_edit(declared: Declared, thing: Thing, label: str) -> Iterator[Fault]:
    if thing.label not in {None, label}:
        message = (
            f"The {declared.title} carries the label {thing.label}, not {label}: it belongs to other files."
        )
        yield Fault(message, declared.place)
    for name in _FIXED.get(declared.kind, ()):
        if name in declared.fields and declared.fields[name] != thing.fields[name]:
            has = thing.fields[name]
            message = f"{name} of the {declared.title} is {has} and can't be changed: delete it first."
            yield Fault(message, declared.places.of(name))


def _of_references(declared: Declared, configuration: Configuration, gateway: Gateway) -> Iterator[Fault]:
    if declared.kind is Kind.MODEL:
        providers = gateway.providers.keys() | configuration.of(Kind.PROVIDER).keys()
        for path, name in providers_named(declared.fields):
            if name not in providers:
                message = (
                    f"The {declared.title} names the provider {name}, which is in no file and not there."
                )
                yield Fault(message, declared.places.of(*path))
    parent = declared.fields.get("parent") if declared.kind is Kind.KEY else None
    if parent is not None and parent not in gateway.keys.keys() | configuration.of(Kind.KEY).keys():
        message = f"The {declared.title} names the parent {parent}, which is in no file and not there."
        yield Fault(message, declared.places.of("parent"))


def _of_quota(declared: Declared, thing: Thing | None, gateway: Gateway) -> Iterator[Fault]:
    """A quota's times need a quota: the API refuses them alone."""
    fields = declared.fields
    if "quotaLimit" in fields:
        limit = fields["quotaLimit"]
    elif thing is not None:
        limit = thing.fields["quotaLimit"]
    else:
        is_root = fields.get("parent") is None
        limit = gateway.settings.fields["defaultMonthlyQuota"] if is_root else None
    if limit is None:
        for name in _ONLY_WITH_QUOTA:
            if fields.get(name) not in {None, False}:
                message = f"{name} of the {declared.title} needs a quotaLimit."
                yield Fault(message, declared.places.of(name))


def _cycles(configuration: Configuration, gateway: Gateway) -> Iterator[Fault]:
    """Rings that close through keys in no file; those of the files alone are found when they are read."""
    declared = configuration.of(Kind.KEY)
    parents: Mapping[str, str | None] = {
        **{name: key.fields["parent"] for name, key in gateway.keys.items()},
        **{name: key.fields["parent"] for name, key in declared.items() if "parent" in key.fields},
    }
    for name in declared:
        path = [name]
        above = parents.get(name)
        while above is not None and above not in path:
            path.append(above)
            above = parents.get(above)
        if above == name:
            shown = " → ".join([*path, name])
            yield Fault(f"Keys can't be above themselves: {shown}.", declared[name].places.of("parent"))
            return
