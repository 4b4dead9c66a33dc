"""What the gateway has, in the form in which the files declare it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tollgate_cli.configuration import canonical
from tollgate_cli.configuration.declared_things import Fields, Kind, title

if TYPE_CHECKING:
    from collections.abc import Iterable

View = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that there is; `fields` are all that the file could say of it, but for secrets.

    A key without an external id has its own id as its name. `raises` are limits that are raised for a time,
    by the field whose lasting value is in `fields`: what the limit is meanwhile, and until when.
    """

    kind: Kind
    name: str
    id: str
    revision: int
    label: str | None
    fields: Fields
    view: View = field(repr=False, default_factory=dict)
    raises: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return title(self.kind, self.name)


@dataclass(frozen=True, slots=True)
class Gateway:
    """All that a configuration could be about, each by its name in files."""

    settings: Thing
    alerts: Thing
    providers: Mapping[str, Thing]
    models: Mapping[str, Thing]
    keys: Mapping[str, Thing]

    def of(self, kind: Kind) -> Mapping[str, Thing]:
        return {
            Kind.SETTINGS: {"": self.settings},
            Kind.ALERTS: {"": self.alerts},
            Kind.PROVIDER: self.providers,
            Kind.MODEL: self.models,
            Kind.KEY: self.keys,
        }[kind]

    def with_models(self, changed: Iterable[Thing]) -> Gateway:
        return replace(self, models={**self.models, **{each.name: each for each in changed}})


def gateway(
    settings: View, alerts: View, providers: Iterable[View], models: Iterable[View], keys: Iterable[View]
) -> Gateway:
    """Out of what the API shows of each."""
    known = [_provider(view) for view in providers]
    names = {each.id: each.name for each in known}
    views = list(keys)
    external = {view["id"]: view["externalId"] or view["id"] for view in views}
    return Gateway(
        settings=_settings(settings),
        alerts=Thing(
            Kind.ALERTS, "", "", alerts["revision"], None, canonical.fields(Kind.ALERTS, alerts), alerts
        ),
        providers={each.name: each for each in known},
        models={each.name: each for each in (model(view, names.get) for view in models)},
        keys={each.name: each for each in (_key(view, external) for view in views)},
    )


def model(view: View, provider_of: Callable[[str], str | None]) -> Thing:
    """`provider_of` gives the name of the provider with an id."""
    shown = {name: value for name, value in view.items() if name != "effectiveAt"}
    fields = canonical.fields(
        Kind.MODEL,
        {
            **shown,
            "provider": provider_of(view["providerId"]) or view["providerId"],
            "alternatives": [_alternative(each, provider_of) for each in view["alternatives"]],
        },
    )
    return _thing(Kind.MODEL, fields.pop("systemName"), view, fields)


def _provider(view: View) -> Thing:
    """APIs that nobody has stated are null."""
    fields = canonical.fields(Kind.PROVIDER, {**view, "apis": view["apis"] if view["apisStated"] else None})
    return _thing(Kind.PROVIDER, fields.pop("name"), view, fields)


def _alternative(view: View, provider_of: Callable[[str], str | None]) -> View:
    named = {"provider": provider_of(view["providerId"]) or view["providerId"]}
    own = {"remoteId", "weight", "priority"}
    return {**{name: value for name, value in view.items() if name in own or view["ownPrices"]}, **named}


def _key(view: View, external: Mapping[str, str]) -> Thing:
    raised = {_limit_of(each["window"]): each for each in view["temporaryLimits"]}
    lasting = {name: each["fallsBackTo"] for name, each in raised.items()}
    inherited = {
        name: None for name in ("budgetAlertThresholds", "alertDebounceSeconds") if view[f"{name}Inherited"]
    }
    parent = external.get(view["parentId"] or "", view["parentId"])
    fields = canonical.fields(Kind.KEY, {**view, **lasting, **inherited, "parent": parent})
    del fields["externalId"]
    raises = {name: (canonical.decimal(each["limit"]), each["until"]) for name, each in raised.items()}
    return replace(_thing(Kind.KEY, external[view["id"]], view, fields), raises=raises)


def _limit_of(window: str) -> str:
    """Which limit a raise of a window is of."""
    return "budgetLimit" if window == "total" else "quotaLimit"


def _settings(view: View) -> Thing:
    """What is in force, and None where that is not what an admin has set but the default.

    Which is in force anyway is in the view.
    """
    values = {
        name: each["value"] for name, each in view.items() if isinstance(each, Mapping) and "value" in each
    }
    return Thing(Kind.SETTINGS, "", "", view["revision"], None, canonical.fields(Kind.SETTINGS, values), view)


def is_set(settings: Thing, name: str) -> bool:
    """Whether an admin has set a default, and it isn't the deployment's or the product's."""
    found: bool = settings.view[name]["source"] == "settings"
    return found


def _thing(kind: Kind, name: str, view: View, fields: Fields) -> Thing:
    return Thing(kind, name, view["id"], view["revision"], view.get("managedBy"), fields, view)
