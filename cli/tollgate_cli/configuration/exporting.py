"""The configuration that a gateway has: all that isn't by default, in the form of a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tollgate.catalog import base_urls, provider_defaults
from tollgate.catalog.catalog import ProviderType
from tollgate.pricing import vendors
from tollgate_cli.configuration import actual, canonical, provider_apis
from tollgate_cli.configuration.declared_things import IDENTITIES, Kind

if TYPE_CHECKING:
    from tollgate_cli.configuration.actual import Gateway, Thing

# What a new key has from the settings, if it says nothing, and where it says so.
_FROM_SETTINGS: Final = {
    "enforcement": "defaultEnforcement",
    "rpmLimit": "defaultRpmLimit",
    "tpmLimit": "defaultTpmLimit",
    "maxParallel": "defaultMaxParallel",
}
_QUOTA: Final = ("quotaPeriod", "quotaZone", "quotaStartDay", "quotaCarryUnused", "quotaCarryOverspend")
# Which fields come first, as a person would write them.
_FIRST: Final = (
    "name",
    "parent",
    "provider",
    "modelType",
    "type",
    "baseUrl",
    "apiKey",
    "budgetLimit",
    "quotaLimit",
)
_PRIORITIES: Final = ("low", "normal", "high", "critical")
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Export:
    """`document` is the file's value.

    `nameless` are keys that it can't name, for they have no external id, by their ids and names. `others` are
    things that carry another label.
    """

    document: dict[str, Any]
    nameless: tuple[tuple[str, str], ...]
    others: tuple[str, ...]


def export(gateway: Gateway, label: str, *, labelled_only: bool = False) -> Export:
    """What carries the label and, unless `labelled_only`, what carries none."""
    labels = {label} if labelled_only else {label, None}

    def chosen(kind: Kind) -> list[Thing]:
        return [each for each in gateway.of(kind).values() if each.label in labels]

    keys = _in_order(gateway, [each for each in chosen(Kind.KEY) if each.view["externalId"]])
    document: dict[str, Any] = {"version": 1, "label": label}
    sections = {
        "settings": _settings(gateway.settings),
        "alerts": dict(gateway.alerts.fields) if gateway.alerts.revision else {},
        "providers": [_provider(each) for each in chosen(Kind.PROVIDER)],
        "models": [_model(each) for each in chosen(Kind.MODEL)],
        "keys": [_key(each, gateway) for each in keys],
    }
    document |= {name: section for name, section in sections.items() if section}
    nameless = [each for each in chosen(Kind.KEY) if not each.view["externalId"]]
    others = [
        each for kind in IDENTITIES for each in gateway.of(kind).values() if each.label not in {label, None}
    ]
    return Export(
        document,
        tuple((each.id, each.fields["name"]) for each in nameless),
        tuple(each.title for each in others),
    )


def variable(provider: str) -> str:
    """The environment variable that an export has a provider's key come from."""
    return "".join(each if each.isalnum() else "_" for each in provider).upper() + "_API_KEY"


def _settings(settings: Thing) -> dict[str, Any]:
    return {name: value for name, value in settings.fields.items() if actual.is_set(settings, name)}


def _provider(thing: Thing) -> dict[str, Any]:
    fields = dict(thing.fields)
    kind, base_url = ProviderType(fields["type"]), fields["baseUrl"]
    usual: dict[str, Any] = {
        "authHeader": provider_defaults.auth_header(kind, base_url).value,
        "outputLimitName": provider_defaults.output_limit(base_url).value,
        "streamUsage": provider_defaults.stream_usage(base_url).value,
        "vendor": vendors.vendor_of(base_url).value,
        "betaHeaders": [],
        "apis": None,
    }
    asked = provider_apis.as_edited(fields, {})
    fields = {name: value for name, value in fields.items() if name not in usual or value != usual[name]}
    fields["baseUrl"] = base_urls.as_written(base_url, kind)
    if "apis" in fields:
        fields["apis"] = provider_apis.as_written(fields["apis"], asked)
    if thing.view["hasApiKey"]:
        fields["apiKey"] = {"env": variable(thing.name)}
    return _written(thing, fields)


def _model(thing: Thing) -> dict[str, Any]:
    fields = {
        name: value
        for name, value in thing.fields.items()
        if value is not None and value != canonical.default(Kind.MODEL, name)
    }
    if fields["remoteId"] == thing.name:
        del fields["remoteId"]
    if "alternatives" in fields:
        fields["alternatives"] = [_alternative(each, thing.name) for each in fields["alternatives"]]
    return _written(thing, fields)


def _alternative(fields: Any, system_name: str) -> dict[str, Any]:
    usual = {"remoteId": system_name, "weight": 1, "priority": 0, "requestPrice": "0"}
    return {
        name: value
        for name, value in fields.items()
        if value is not None and value not in ([], {}) and value != usual.get(name)
    }


def _key(thing: Thing, gateway: Gateway) -> dict[str, Any]:
    fields = {name: value for name, value in thing.fields.items() if value != _usual(name, thing, gateway)}
    if thing.fields["quotaLimit"] is None:
        fields = {name: value for name, value in fields.items() if name not in _QUOTA}
    return _written(thing, fields)


def _usual(name: str, thing: Thing, gateway: Gateway) -> Any:
    """What a key that is created here now has, if it doesn't name a field."""
    if name in _FROM_SETTINGS:
        return gateway.settings.fields[_FROM_SETTINGS[name]]
    parent = thing.fields["parent"]
    if name == "quotaLimit":
        return gateway.settings.fields["defaultMonthlyQuota"] if parent is None else None
    if name == "expiresAt":
        return _NEVER if gateway.settings.fields["defaultExpiryDays"] is not None else None
    if name == "priority" and parent in gateway.keys:
        above = gateway.keys[parent].fields["priority"]
        return min("normal", above, key=_PRIORITIES.index)
    return canonical.default(Kind.KEY, name)


# What no field is: so it is written, be it null.
_NEVER: Final = object()


def _in_order(gateway: Gateway, keys: list[Thing]) -> list[Thing]:
    """Each key after the one above it, and siblings by their external ids."""

    def path(thing: Thing) -> list[str]:
        ids = {each.id: each.name for each in gateway.keys.values()}
        return [ids.get(each, each) for each in thing.view["path"]]

    return sorted(keys, key=path)


def _written(thing: Thing, fields: dict[str, Any]) -> dict[str, Any]:
    first: dict[str, Any] = {name: fields[name] for name in _FIRST if name in fields}
    rest = {name: fields[name] for name in sorted(fields.keys() - first.keys())}
    return {IDENTITIES[thing.kind]: thing.name, **first, **rest}


def comments(made: Export) -> tuple[str, ...]:
    """What stands at the top of the file."""
    variables = [each["apiKey"]["env"] for each in made.document.get("providers", []) if "apiKey" in each]
    if not variables:
        return ()
    return (
        "Provider keys can't be exported: set these variables, or name others.",
        *map(_indented, variables),
    )


def remarks(made: Export) -> list[str]:
    """What isn't in the file, and why."""
    said = []
    if made.nameless:
        shown = ", ".join(f"{key_id} ({name})" for key_id, name in made.nameless[:_SHOWN])
        rest = len(made.nameless) - _SHOWN
        shown += f" and {rest} more" if rest > 0 else ""
        keys = "1 key has" if len(made.nameless) == 1 else f"{len(made.nameless)} keys have"
        said.append(
            f"{keys} no external id, and so can't be in the file: {shown}. "
            'Give them one by "tollgate keys edit KEY --external-id ID".'
        )
    if made.others:
        things = "1 thing carries" if len(made.others) == 1 else f"{len(made.others)} things carry"
        rest = len(made.others) - _SHOWN
        shown = ", ".join(made.others[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
        said.append(f"{things} another label, and so can't be in the file: {shown}.")
    return said


def _indented(text: str) -> str:
    return f"  {text}"
