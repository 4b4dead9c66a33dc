"""Which providers can serve a model side by side, checked before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_cli.configuration.declared_things import Kind
from tollgate_cli.configuration.files.places import Fault
from tollgate_cli.configuration.planning.comparing import with_remote_ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate_cli.configuration.actual import Gateway, Thing
    from tollgate_cli.configuration.declared_things import Configuration, Declared


def faults(
    declared: Declared, thing: Thing | None, configuration: Configuration, gateway: Gateway
) -> Iterator[Fault]:
    """The API's rule: a model's targets speak the same API, and are different ones.

    What the files don't name of a model that is there counts as it is.
    """
    fields = {**(thing.fields if thing else {}), **declared.fields}
    types = {name: provider.fields["type"] for name, provider in gateway.providers.items()}
    types |= {
        name: provider.fields["type"]
        for name, provider in configuration.of(Kind.PROVIDER).items()
        if "type" in provider.fields
    }
    provider, remote_id = fields.get("provider"), fields.get("remoteId") or declared.name
    known = {(provider, remote_id)}
    named = "alternatives" if "alternatives" in declared.fields else "provider"
    for other in with_remote_ids(fields.get("alternatives") or (), declared.name):
        target = (other["provider"], other["remoteId"])
        if provider in types and target[0] in types and types[target[0]] != types[provider]:
            message = (
                f"The {declared.title} has the providers {provider} and {target[0]}, which are of different "
                f"types: {types[provider]} and {types[target[0]]}."
            )
            yield Fault(message, declared.places.of(named))
        if target in known:
            message = f"The {declared.title} has the provider {target[0]} twice under the name {target[1]}."
            yield Fault(message, declared.places.of(named))
        known.add(target)
