"""What the audit is told of changes to providers and models."""

from __future__ import annotations

from typing import Any

from tollgate.audit.entry import Change
from tollgate.catalog.catalog import Model, Provider
from tollgate_admin.audit import recorder
from tollgate_admin.catalog.model_schemas import ModelView
from tollgate_admin.catalog.price_schemas import PriceView, price_fields
from tollgate_admin.catalog.provider_schemas import ProviderView
from tollgate_admin.web.change_requests import ChangeRequest

_PROVIDERS_FIELDS = {
    "name",
    "type",
    "base_url",
    "auth_header",
    "output_limit_name",
    "stream_usage",
    "vendor",
    "beta_headers",
    "apis",
    "managed_by",
}
_MODELS_FIELDS: dict[str, Any] = {
    "system_name": True,
    "aliases": True,
    "provider_id": True,
    "remote_id": True,
    "model_type": True,
    "allow_unpriced": True,
    "allow_unpriced_options": True,
    "context_limit": True,
    "output_limit": True,
    "weight": True,
    "priority": True,
    "fallbacks": True,
    "safety_level": True,
    "prompt_overhead": True,
    "strict_translation": True,
    "managed_by": True,
    "alternatives": {"__all__": {"provider_id", "remote_id", "weight", "priority"}},
}


def of_provider(request: ChangeRequest, before: Provider | None, after: Provider) -> Change:
    if before is None:
        actions = ["provider.create"]
    else:
        actions = ["provider.update"] if _provider(before) != _provider(after) else []
        if before.credential_version != after.credential_version:
            actions.append("provider.credential")
    return recorder.audit_change(
        request,
        after.id,
        tuple(actions),
        {**_provider(before), "credentialVersion": before.credential_version} if before else {},
        {**_provider(after), "credentialVersion": after.credential_version},
    )


def of_model(request: ChangeRequest, before: Model | None, after: Model) -> Change:
    """A price version is a field of its own, so that what is shown as changed is the one that came."""
    if before is None:
        actions = ["model.create"]
    else:
        actions = ["model.update"] if _model(before) != _model(after) else []
        if _prices(after).keys() - _prices(before).keys():
            actions.append("model.price")
    return recorder.audit_change(
        request,
        after.id,
        tuple(actions),
        {**_model(before), **_prices(before)} if before else {},
        {**_model(after), **_prices(after)},
    )


def of_deleted_provider(request: ChangeRequest, seen: Provider) -> Change:
    before = {**_provider(seen), "credentialVersion": seen.credential_version}
    return recorder.audit_change(request, seen.id, ("provider.delete",), before, {})


def of_deleted_model(request: ChangeRequest, seen: Model) -> Change:
    return recorder.audit_change(request, seen.id, ("model.delete",), {**_model(seen), **_prices(seen)}, {})


def _provider(provider: Provider) -> dict[str, Any]:
    """APIs that nobody has stated are null: what they follow from is there."""
    shown = ProviderView.of(provider).model_dump(mode="json", by_alias=True, include=_PROVIDERS_FIELDS)
    return shown if provider.apis is not None else {**shown, "apis": None}


def _model(model: Model) -> dict[str, Any]:
    return ModelView.of(model, model.updated_at).model_dump(
        mode="json", by_alias=True, include=_MODELS_FIELDS
    )


def _prices(model: Model) -> dict[str, Any]:
    return {
        f"prices.{version.id}": PriceView(**price_fields(version)).model_dump(mode="json", by_alias=True)
        for _, version in model.versions()
    }
