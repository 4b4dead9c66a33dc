"""What a view shows, as an edit takes it: what may be sent back without changing anything."""

from __future__ import annotations

from typing import Any

from tollgate_admin.alerts.alert_defaults import AlertDefaults
from tollgate_admin.catalog.model_schemas import AlternativeBody, ModelEdit
from tollgate_admin.catalog.price_schemas import PriceBody
from tollgate_admin.catalog.provider_schemas import ProviderEdit
from tollgate_admin.keys.default_routes import SettingsEdit
from tollgate_admin.keys.schemas import BudgetEdit, KeyEdit

# Those that are shown as they are in effect, be they the key's own or not.
_INHERITED = ("budgetAlertThresholds", "alertDebounceSeconds")


def fields_of(body: Any) -> set[str]:
    return {field.alias or name for name, field in body.model_fields.items()}


def _taken(view: dict[str, Any], body: Any) -> dict[str, Any]:
    return {name: view[name] for name in fields_of(body) & view.keys()}


def key(view: dict[str, Any]) -> dict[str, Any]:
    """For a `PATCH`, while no limit is raised for a time."""
    return {**_taken(view, KeyEdit), **_own(view)}


def budget(view: dict[str, Any]) -> dict[str, Any]:
    """For a `PUT` of the budget, while no limit is raised for a time."""
    own = {name: value for name, value in _own(view).items() if name in fields_of(BudgetEdit)}
    return {**_taken(view, BudgetEdit), **own}


def model(view: dict[str, Any]) -> dict[str, Any]:
    """An alternative shows the model's prices where it has none of its own."""
    alternatives = []
    for shown in view["alternatives"]:
        taken = _taken(shown, AlternativeBody)
        prices = set() if shown["ownPrices"] else fields_of(PriceBody)
        alternatives.append(
            {name: value for name, value in taken.items() if shown["ownPrices"] or name not in prices}
        )
    return {**_taken(view, ModelEdit), "alternatives": alternatives}


def provider(view: dict[str, Any]) -> dict[str, Any]:
    return _taken(view, ProviderEdit)


def settings(view: dict[str, Any]) -> dict[str, Any]:
    """What nobody has set is null."""
    return {
        name: view[name]["value"] if view[name]["source"] == "settings" else None
        for name in fields_of(SettingsEdit)
    }


def alert_defaults(view: dict[str, Any]) -> dict[str, Any]:
    return _taken(view, AlertDefaults)


def _own(view: dict[str, Any]) -> dict[str, Any]:
    return {name: None if view[f"{name}Inherited"] else view[name] for name in _INHERITED}
