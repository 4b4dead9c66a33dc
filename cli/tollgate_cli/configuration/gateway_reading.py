"""Asking the gateway for all that a configuration could be about."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from tollgate_cli.configuration import actual, canonical
from tollgate_cli.configuration.declared_things import Configuration, Declared, Kind
from tollgate_cli.configuration.planning.plan import Comparisons, Secret
from tollgate_cli.configuration.secret_sources import MissingSecretError, SecretSources
from tollgate_client import AdminClient, Forbidden, pages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tollgate_cli.configuration.actual import Gateway, Thing

_PAGE: Final = 100


def read(admin: AdminClient) -> Gateway:
    """What there is, by a few requests and one for each hundred things."""
    settings, alerts = admin.get_settings(), admin.get_defaults()
    providers = [*pages(admin.list_providers, limit=_PAGE)]
    models = [*pages(admin.list_models, limit=_PAGE)]
    keys = [*pages(admin.list_keys, limit=_PAGE)]
    return actual.gateway(settings, alerts, providers, models, keys)


def with_prices_to_come(
    admin: AdminClient, gateway: Gateway, configuration: Configuration, now: datetime
) -> Gateway:
    """Models whose files say from when a price counts have the prices that will be in force then."""
    later = [
        gateway.models[declared.name]
        for declared in configuration.of(Kind.MODEL).values()
        if declared.name in gateway.models and is_to_come(declared, now)
    ]
    declared = configuration.of(Kind.MODEL)
    return gateway.with_models(
        _at(model, declared[model.name].fields["effectiveAt"], pages(admin.list_prices, model.id))
        for model in later
    )


def is_to_come(declared: Declared, now: datetime) -> bool:
    """Whether a file's price counts from a moment that is ahead; one that is past says nothing any more."""
    moment = declared.fields.get("effectiveAt")
    return moment is not None and datetime.fromisoformat(moment) > now


def _at(model: Thing, moment: str, versions: Iterable[Any]) -> Thing:
    """The model with its own price that will be in force at a moment."""
    own = [each for each in versions if "/" not in each["priceVersion"] and each["effectiveAt"] <= moment]
    if not own:
        return model
    latest = max(own, key=lambda each: each["effectiveAt"])
    shown = {
        name: latest[name] for name in model.fields if name in latest and name not in {"provider", "remoteId"}
    }
    return replace(model, fields={**model.fields, **canonical.fields(Kind.MODEL, shown)})


@dataclass
class Secrets:
    """How secrets that files refer to compare with those that are stored.

    `strict`: those that can't be read are an error, and are else not compared.
    """

    admin: AdminClient
    sources: SecretSources
    _: KW_ONLY
    strict: bool
    notes: list[str] = field(default_factory=list)

    def compared(self, configuration: Configuration, gateway: Gateway) -> Comparisons:
        """Raises `MissingSecretError` if `strict`."""
        providers = {
            name: self._of_provider(declared, gateway.providers.get(name))
            for name, declared in configuration.of(Kind.PROVIDER).items()
            if "apiKey" in declared.fields
        }
        stored = {
            name: self._is_stored(declared, is_there=name in gateway.keys)
            for name, declared in configuration.of(Kind.KEY).items()
            if "secret" in declared.fields
        }
        known = {name: each for name, each in stored.items() if each is not None}
        return Comparisons(providers, known, tuple(self.notes))

    def _of_provider(self, declared: Declared, thing: Thing | None) -> Secret:
        try:
            secret = self.sources.read(declared.fields["apiKey"])
        except MissingSecretError as error:
            self._unknown(declared, "apiKey", error)
            return Secret.UNKNOWN
        if thing is None or not thing.view["hasApiKey"]:
            return Secret.DIFFERENT
        try:
            matches = self.admin.check_api_key(thing.id, {"apiKey": secret})["matches"]
        except Forbidden:
            self.notes.append(f"apiKey of the {declared.title}: that takes the role operator.")
            return Secret.UNKNOWN
        return Secret.SAME if matches else Secret.DIFFERENT

    def _is_stored(self, declared: Declared, *, is_there: bool) -> bool | None:
        """None if that can't be told."""
        parameter = declared.fields["secret"]["ssm"]
        try:
            found = self.sources.is_stored(parameter)
            if found and not is_there:
                raise MissingSecretError(f"The parameter {parameter} is there already, and the key is new.")
        except MissingSecretError as error:
            self._unknown(declared, "secret", error)
            return None
        return found

    def _unknown(self, declared: Declared, name: str, error: MissingSecretError) -> None:
        message = f"{name} of the {declared.title} ({declared.places.of(name)}): {error}"
        if self.strict:
            raise MissingSecretError(message) from None
        self.notes.append(message)
