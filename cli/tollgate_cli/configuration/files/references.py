"""What the files say of each other's things: names taken twice, and keys that are above themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tollgate_cli.configuration.declared_things import IDENTITIES, Kind
from tollgate_cli.configuration.files.places import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tollgate_cli.configuration.declared_things import Declared, Fields

# Variables of whatever runs `apply`, which a change to the files could have sent to a host of its own.
_NO_PROVIDERS: Final = frozenset(
    {
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "ACTIONS_RUNTIME_TOKEN",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "CI_JOB_TOKEN",
        "GH_TOKEN",
        "GITHUB_TOKEN",
        "TOLLGATE_API_KEY",
        "TOLLGATE_TOKEN",
    }
)


def faults(things: Sequence[Declared]) -> list[Fault]:
    """What is wrong with the files whatever gateway they are for."""
    return [
        *_twice(things),
        *_of_the_machine(things),
        *_cycles({each.name: each for each in things if each.kind is Kind.KEY}),
    ]


def models_named(fields: Fields) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Where a key's fields name models, and which."""
    for place, name in enumerate(fields.get("allowedModels") or ()):
        yield ("allowedModels", place), name
    for name in fields.get("modelPriceFactors") or ():
        yield ("modelPriceFactors", name), name
    for place, rule in enumerate((fields.get("downgrade") or {}).get("rules", ())):
        for name in (rule["from"], *rule["to"]):
            yield ("downgrade", "rules", place), name
    for place, scheduled in enumerate(fields.get("scheduledPriceFactors") or ()):
        for name in scheduled.get("models") or ():
            yield ("scheduledPriceFactors", place), name


def providers_named(fields: Fields) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Where a model's fields name providers, and which."""
    if fields.get("provider"):
        yield ("provider",), fields["provider"]
    alternatives: Sequence[Mapping[str, Any]] = fields.get("alternatives") or ()
    for place, alternative in enumerate(alternatives):
        yield ("alternatives", place, "provider"), alternative["provider"]


def _of_the_machine(things: Sequence[Declared]) -> Iterator[Fault]:
    for each in things:
        variable = (each.fields.get("apiKey") or {}).get("env") if each.kind is Kind.PROVIDER else None
        if variable in _NO_PROVIDERS:
            message = f"apiKey: {variable} opens something else than a provider, who would get it."
            yield Fault(message, each.places.of("apiKey"))


def _twice(things: Sequence[Declared]) -> Iterator[Fault]:
    seen: dict[tuple[Kind, str], Declared] = {}
    for each in things:
        first = seen.setdefault((each.kind, each.name), each)
        if first is each:
            continue
        if each.kind in IDENTITIES:
            yield Fault(f"The {each.title} is here twice: also in {first.place}.", each.place)
            continue
        # Single sections add up, but for a field that two of them have.
        for name in each.fields.keys() & first.fields.keys():
            message = f"{each.kind}.{name} is here twice: also in {first.places.of(name)}."
            yield Fault(message, each.places.of(name))


def _cycles(keys: Mapping[str, Declared]) -> Iterator[Fault]:
    """Each ring of keys once, named at its first."""
    done: set[str] = set()
    for name in keys:
        path: list[str] = []
        above: str | None = name
        while above is not None and above in keys and above not in done and above not in path:
            path.append(above)
            above = keys[above].fields.get("parent")
        if above is not None and above in path:
            ring = path[path.index(above) :]
            shown = " → ".join([*ring, ring[0]])
            where = ", ".join(str(keys[each].places.of("parent")) for each in ring[1:])
            message = f"Keys can't be above themselves: {shown}" + (f" (also {where})." if where else ".")
            yield Fault(message, keys[ring[0]].places.of("parent"))
        done.update(path)
