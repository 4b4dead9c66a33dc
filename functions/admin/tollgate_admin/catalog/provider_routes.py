"""Providers and their API keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate.catalog import base_urls, catalog, provider_defaults, spoken_apis, usual_endpoints
from tollgate.catalog.catalog import Provider, ProviderType
from tollgate.catalog.store.audited_catalog import AuditedCatalog
from tollgate.conflicts import AlreadyExistsError
from tollgate.pricing import vendors
from tollgate_admin.catalog import catalog_audit, key_matches, provider_urls
from tollgate_admin.catalog.endpoints import key_kinds, key_rules, stated_apis
from tollgate_admin.catalog.endpoints.api_schemas import ApiBody
from tollgate_admin.catalog.provider_schemas import (
    KeyCheck,
    KeyMatch,
    ProviderCreation,
    ProviderEdit,
    ProvidersQuery,
    ProviderView,
)
from tollgate_admin.composition import Services, services_of
from tollgate_admin.settings import Settings
from tollgate_admin.web import field_errors, problems, revisions
from tollgate_admin.web.change_requests import ChangeRequest
from tollgate_admin.web.wire_types import Page

router = APIGatewayRouter()

ProviderId = Annotated[
    str, Path(pattern=field_errors.pattern(r"^prv_[0-9a-f]{20}$", "is not the id of a provider"))
]

# Of the models that keep a provider from being deleted.
_MAX_NAMED = 10

# Settings by their names on the wire, and in a `Provider`.
_SETTINGS = {
    "auth_header": "auth_header",
    "output_limit_name": "output_limit",
    "stream_usage": "stream_usage",
    "vendor": "vendor",
    "managed_by": "managed_by",
}


@router.post("/providers")
def create_provider(
    request: Request, body: ProviderCreation
) -> tuple[ProviderView, Literal[HTTPStatus.CREATED]]:
    """Create a provider."""
    services, asked = services_of(request), ChangeRequest.of(request)

    def create() -> Provider:
        provider = _created(services, body, asked.now())
        key_rules.require_key_as_asked_for(provider, body.api_key)
        local = services.settings.loopback_providers
        key_kinds.require_places(provider, loopback_allowed=local)
        if body.api_key:
            key_kinds.given(provider, body.api_key, loopback_allowed=local)
        audited = services.catalog.with_audit(catalog_audit.of_provider(asked, None, provider))
        # The provider is stored before its key, so that a name that is taken overwrites nobody's key.
        try:
            audited.add_provider(provider)
        except AlreadyExistsError as error:
            message = f"A provider named {body.name} already exists."
            raise problems.conflict(message, ("name", "is already taken")) from error
        return provider

    provider = revisions.retry_on_conflict(create)
    if not body.api_key:
        return ProviderView.of(provider), HTTPStatus.CREATED
    # If-Match is for what is there: this is new.
    made = _edit_provider(
        services, replace(asked, if_match=None), provider.id, lambda seen: seen, body.api_key
    )
    return made, HTTPStatus.CREATED


def _created(services: Services, body: ProviderCreation, now: datetime) -> Provider:
    base_url = _base_url(services.settings, body.base_url, body.type)
    provider_id = catalog.provider_id(body.name)
    provider = Provider(
        id=provider_id,
        name=body.name,
        type=body.type,
        base_url=base_url,
        credential_version=0,
        created_at=now,
        updated_at=now,
        revision=services.catalog.last_revision(provider_id) + 1,
        auth_header=body.auth_header or provider_defaults.auth_header(body.type, base_url),
        output_limit=body.output_limit_name or provider_defaults.output_limit(base_url),
        stream_usage=body.stream_usage or provider_defaults.stream_usage(base_url),
        vendor=body.vendor or vendors.vendor_of(base_url),
        beta_headers=tuple(body.beta_headers),
        managed_by=body.managed_by,
    )
    return _with_apis(services.settings, provider, body.apis)


@router.get("/providers")
def list_providers(request: Request, query: Annotated[ProvidersQuery, Query()]) -> Page[ProviderView]:
    """List providers by name. `search` matches the name, the id and the base URL."""
    providers, following = query.page(
        (
            provider
            for provider in services_of(request).catalog.providers()
            if query.managed_by in {None, provider.managed_by}
        ),
        lambda provider: provider.name,
        lambda provider: (provider.name, provider.id, provider.base_url),
    )
    return Page[ProviderView](
        data=[ProviderView.of(provider) for provider in providers], next_cursor=following
    )


@router.get("/providers/<provider_id>")
def get_provider(request: Request, provider_id: ProviderId) -> ProviderView:
    return ProviderView.of(existing(services_of(request).catalog, provider_id))


@router.patch("/providers/<provider_id>")
def update_provider(request: Request, provider_id: ProviderId, body: ProviderEdit) -> ProviderView:
    """Change a provider."""
    services, asked, sent = services_of(request), ChangeRequest.of(request), body.changes()
    before = existing(services.catalog, provider_id)
    changes = {field: sent[name] for name, field in _SETTINGS.items() if name in sent}
    if "beta_headers" in sent:
        changes["beta_headers"] = tuple(body.beta_headers)
    # What is shown can be sent: it is complete, even if its host alone would be completed.
    if "base_url" in sent and body.base_url != before.base_url:
        changes["base_url"] = _base_url(services.settings, body.base_url, before.type)
        if before.vendor is vendors.vendor_of(before.base_url):
            # Nobody had said another one: the vendor goes with the host.
            changes.setdefault("vendor", vendors.vendor_of(changes["base_url"]))

    def edited(seen: Provider) -> Provider:
        after = replace(seen, **changes)
        if "apis" in sent:
            return _with_apis(services.settings, after, body.apis)
        return usual_endpoints.followed(seen, after)

    if sent.keys() & {"auth_header", "api_key", "apis"}:
        key_rules.require_key_as_asked_for(edited(before), body.api_key)
    return _edit_provider(services, asked, provider_id, edited, body.api_key)


@router.post("/providers/<provider_id>/api-key/check")
def check_api_key(request: Request, provider_id: ProviderId, body: KeyCheck) -> KeyMatch:
    """Tell whether a provider's stored API key is the one that is sent. Nothing is changed or noted."""
    services = services_of(request)
    provider = existing(services.catalog, provider_id)
    local = services.settings.loopback_providers
    candidate = key_kinds.given(provider, body.api_key, loopback_allowed=local)
    return KeyMatch(matches=key_matches.is_stored(services.credentials, provider, candidate))


@router.delete(
    "/providers/<provider_id>",
    responses={HTTPStatus.NO_CONTENT: {"description": "The provider was deleted."}},
)
def delete_provider(request: Request, provider_id: ProviderId) -> Response[str]:
    """Delete a provider that serves no model, and its API key."""
    services, asked = services_of(request), ChangeRequest.of(request)

    def delete() -> None:
        seen = existing(services.catalog, provider_id)
        asked.require(seen.revision)
        serving = [
            model.system_name
            for model in services.catalog.models()
            if any(target.provider_id == provider_id for target in model.targets)
        ]
        if serving:
            named = ", ".join(sorted(serving)[:_MAX_NAMED])
            count = "1 model" if len(serving) == 1 else f"{len(serving)} models"
            raise problems.conflict(f"The provider {seen.name} still serves {count}: {named}.")
        services.catalog.with_audit(catalog_audit.of_deleted_provider(asked, seen)).delete_provider(seen)

    revisions.retry_on_conflict(delete)
    # Not that of one that has taken its name since.
    if services.catalog.provider(provider_id) is None:
        services.credentials.remove(provider_id)
    return Response(HTTPStatus.NO_CONTENT, body="")


def _edit_provider(
    services: Services,
    asked: ChangeRequest,
    provider_id: str,
    edited: Callable[[Provider], Provider],
    api_key: str,
) -> ProviderView:
    """Stores a new key under the version that the edited provider then names.

    Nothing is stored where its revision isn't one that is asked for, or where it is as it is to be.
    """
    stored = cache(lambda key: services.credentials.store(provider_id, key))

    def edit() -> Provider:
        before = existing(services.catalog, provider_id)
        asked.require(before.revision)
        after = edited(before)
        key_rules.require_key_of_its_hosts(before, after, api_key)
        after = _with_key(services, before, after, api_key, stored)
        if after == before:
            return before
        after = replace(after, updated_at=asked.now())
        audited = services.catalog.with_audit(catalog_audit.of_provider(asked, before, after))
        return audited.replace_provider(after)

    return ProviderView.of(revisions.retry_on_conflict(edit))


def _with_key(
    services: Services, before: Provider, after: Provider, api_key: str, store: Callable[[str], int]
) -> Provider:
    """An edited provider with the version of its key, of which another one is stored first."""
    local = services.settings.loopback_providers
    key_kinds.require_places(after, loopback_allowed=local)
    if not api_key:
        key_kinds.require_kind(before, after, lambda: key_matches.stored(services.credentials, before))
        return after
    key = key_kinds.given(after, api_key, loopback_allowed=local)
    if key_matches.is_stored(services.credentials, before, key):
        return after
    return replace(after, credential_version=store(key))


def _with_apis(deployed: Settings, provider: Provider, bodies: list[ApiBody] | None) -> Provider:
    """The provider with the APIs that are stated of it.

    Nothing is stated by None, nor by what the provider's type and vendor tell anyway.
    """
    unstated = replace(provider, apis=None)
    if bodies is None:
        return unstated
    apis = stated_apis.listed(provider, bodies, loopback_allowed=deployed.loopback_providers)
    return unstated if apis == spoken_apis.endpoints_of(unstated) else replace(provider, apis=apis)


def _base_url(deployed: Settings, text: str, provider_type: ProviderType) -> str:
    checked = provider_urls.checked(text, loopback_allowed=deployed.loopback_providers)
    return base_urls.completed(checked, provider_type)


def existing(stored: AuditedCatalog, provider_id: str) -> Provider:
    """Raises `ProblemError` if there is no such provider."""
    provider = stored.provider(provider_id)
    if provider is None:
        raise problems.not_found("provider", provider_id)
    return provider
