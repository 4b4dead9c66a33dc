"""How a thing of the files differs from the one that the gateway has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tollgate.catalog import base_urls
from tollgate.catalog.catalog import ProviderType
from tollgate_cli.configuration import actual, canonical, provider_apis
from tollgate_cli.configuration.declared_things import Kind
from tollgate_cli.configuration.planning.plan import FieldChange

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tollgate_cli.configuration.actual import Thing
    from tollgate_cli.configuration.declared_things import Declared, Fields

# What of a provider says where its key is sent.
HOSTS: Final = frozenset({"baseUrl", "apis"})
# Said of where something comes from and goes to, not of what it is.
SECRETS: Final = frozenset({"apiKey", "secret"})
QUOTA: Final = ("quotaPeriod", "quotaZone", "quotaStartDay")
_USUAL_QUOTA: Final = {"quotaPeriod": "month", "quotaZone": "UTC", "quotaStartDay": 1}
# When a price counts from is no part of it.
_NOT_COMPARED: Final = SECRETS | {"effectiveAt"}
# Where a price comes from can't be taken away from it.
_SOURCES: Final = ("source", "sourcedAt")
# What else of the file an edit must say, because the API would let it follow from the edit.
_COMPANIONS: Final[Mapping[str, Sequence[str]]] = {
    "baseUrl": ("vendor", "apis"),
    "vendor": ("apis",),
    "authHeader": ("apis",),
    "quotaPeriod": ("quotaStartDay",),
}
_PRICES: Final = frozenset(
    {
        *("inputPrice", "cachedInputPrice", "cacheWritePrice", "cacheWrite1hPrice", "inputAudioPrice"),
        *("inputImagePrice", "outputPrice", "reasoningPrice", "outputAudioPrice", "outputImagePrice"),
        *(
            "tiers",
            "serviceTiers",
            "serviceTierPrices",
            "inferenceGeos",
            "windows",
            "requestPrice",
            "toolPrices",
        ),
    }
)


def changes(declared: Declared, thing: Thing) -> tuple[FieldChange, ...]:
    """The fields that differ, in the order of the file; secrets apart."""
    wanted = _comparable(declared, thing)
    return tuple(
        FieldChange(name, thing.fields.get(name), value)
        for name, value in wanted.items()
        if not _is_equal(declared.kind, name, value, thing)
    )


def sent(declared: Declared, named: Fields) -> dict[str, Any]:
    """The fields of an edit that changes those that are `named`: with them what belongs to them."""
    made = dict(named)
    for name, beside in _COMPANIONS.items():
        if name in named:
            made |= {each: declared.fields[each] for each in beside if each in declared.fields}
    if declared.kind is Kind.PROVIDER:
        # As they are written: a completed URL could be completed once more.
        made |= {name: declared.fields[name] for name in HOSTS & named.keys()}
    if declared.kind is Kind.MODEL and named.keys() & {*_PRICES, *_SOURCES}:
        made |= {name: declared.fields[name] for name in _SOURCES if name in declared.fields}
    return made


def is_priced(named: Fields) -> bool:
    """Whether an edit or creation says something of a model's own price."""
    return bool(named.keys() & _PRICES)


def completed_base_url(text: str, provider_type: str) -> str:
    """A base URL as the gateway completes it."""
    return base_urls.completed(text.rstrip("/"), ProviderType(provider_type))


def _comparable(declared: Declared, thing: Thing) -> dict[str, Any]:
    wanted = {name: value for name, value in declared.fields.items() if name not in _NOT_COMPARED}
    if declared.kind is Kind.PROVIDER and "baseUrl" in wanted:
        wanted["baseUrl"] = completed_base_url(wanted["baseUrl"], thing.fields["type"])
    if declared.kind is Kind.PROVIDER and wanted.get("apis") is not None:
        asked = provider_apis.as_edited(thing.fields, wanted)
        wanted["apis"] = provider_apis.completed(wanted["apis"], asked)
    if declared.kind is Kind.MODEL:
        wanted = {name: value for name, value in wanted.items() if name not in _SOURCES or value is not None}
        if "alternatives" in wanted:
            wanted["alternatives"] = with_remote_ids(wanted["alternatives"], declared.name)
    if declared.kind is Kind.KEY and _has_quota(wanted, thing):
        wanted |= {name: _USUAL_QUOTA[name] for name in QUOTA if name in wanted and wanted[name] is None}
    return wanted


def with_remote_ids(alternatives: Sequence[Fields], system_name: str) -> list[dict[str, Any]]:
    """Alternatives with the provider's name for the model, which is the system name where none is given."""
    return [{**each, "remoteId": each.get("remoteId") or system_name} for each in alternatives]


def _has_quota(wanted: Fields, thing: Thing) -> bool:
    return wanted.get("quotaLimit", thing.fields.get("quotaLimit")) is not None


def _is_equal(kind: Kind, name: str, value: Any, thing: Thing) -> bool:
    has: Any = thing.fields.get(name)
    if kind is Kind.SETTINGS and value is None:
        return not actual.is_set(thing, name)
    if name == "apis" and value is not None:
        return bool(value == canonical.fields(kind, thing.view)["apis"])
    if name == "alternatives":
        return len(value) == len(has) and all(map(_is_alternative, value, has))
    return bool(value == has)


def _is_alternative(wanted: Fields, has: Fields) -> bool:
    """Whether all that is named is so; null is what an alternative without a rate has.

    One without prices of its own has none of their fields: empty ones ask for no more.
    """
    return all(
        value == has.get(name, value if value in ({}, []) else None)
        for name, value in wanted.items()
        if name not in _SOURCES or value is not None
    )
