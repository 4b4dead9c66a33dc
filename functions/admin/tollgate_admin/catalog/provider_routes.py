"""Routes of providers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate.catalog import catalog
from tollgate.catalog.catalog import AuthHeader, Provider, ProviderType
from tollgate.clock import utc_now
from tollgate.conflicts import AlreadyExistsError
from tollgate.pricing import vendors
from tollgate_admin import composition
from tollgate_admin.catalog import catalog_audit, provider_defaults, provider_urls
from tollgate_admin.catalog.provider_schemas import ProviderCreation, ProviderEdit, ProviderView
from tollgate_admin.web import edits, field_errors, problems, revisions
from tollgate_admin.web.pagination import ListQuery
from tollgate_admin.web.wire_types import Page

router = APIGatewayRouter()

ProviderId = Annotated[
    str, Path(pattern=field_errors.pattern(r"^prv_[0-9a-f]{20}$", "is not the id of a provider"))
]

# Of the models that keep a provider from being deleted.
_MOST_NAMED = 10

# Settings by their names on the wire, and in a `Provider`.
_SETTINGS = {
    "auth_header": "auth_header",
    "output_limit_name": "output_limit",
    "stream_usage": "stream_usage",
    "vendor": "vendor",
}


@router.post("/providers")
def create_provider(body: ProviderCreation) -> tuple[ProviderView, Literal[HTTPStatus.CREATED]]:
    """The provider is stored before its key, so that a name that is taken overwrites nobody's key."""

    def create() -> Provider:
        provider = _created(body)
        _require_key_as_asked_for(provider, body.api_key)
        noting = composition.get().catalog.noting(catalog_audit.of_provider(None, provider))
        try:
            noting.add_provider(provider)
        except AlreadyExistsError as error:
            message = f"There is a provider {body.name} already."
            raise problems.conflict(message, ("name", "is taken")) from error
        return provider

    provider = edits.repeat(create)
    if not body.api_key:
        return ProviderView.of(provider), HTTPStatus.CREATED
    return _edit_provider(provider.id, {}, body.api_key, lambda _: None), HTTPStatus.CREATED


def _created(body: ProviderCreation) -> Provider:
    now = utc_now()
    base_url = _base_url(body.base_url, body.type)
    provider_id = catalog.provider_id(body.name)
    return Provider(
        id=provider_id,
        name=body.name,
        type=body.type,
        base_url=base_url,
        credential_version=0,
        created_at=now,
        updated_at=now,
        revision=composition.get().catalog.last_revision(provider_id) + 1,
        auth_header=body.auth_header or provider_defaults.auth_header(body.type, base_url),
        output_limit=body.output_limit_name or provider_defaults.output_limit(base_url),
        stream_usage=body.stream_usage or provider_defaults.stream_usage(base_url),
        vendor=body.vendor or vendors.of_url(base_url),
        beta_headers=tuple(body.beta_headers),
    )


@router.get("/providers")
def list_providers(query: Annotated[ListQuery, Query()]) -> Page[ProviderView]:
    """Providers by name; `search` is for that, the id and the base URL."""
    providers, following = query.page(
        composition.get().catalog.providers(),
        lambda provider: provider.name,
        lambda provider: (provider.name, provider.id, provider.base_url),
    )
    return Page[ProviderView](
        data=[ProviderView.of(provider) for provider in providers], next_cursor=following
    )


@router.get("/providers/<provider_id>")
def get_provider(provider_id: ProviderId) -> ProviderView:
    return ProviderView.of(existing(provider_id))


@router.patch("/providers/<provider_id>")
def update_provider(provider_id: ProviderId, body: ProviderEdit) -> ProviderView:
    sent = body.changes()
    before = existing(provider_id)
    changes = {field: sent[name] for name, field in _SETTINGS.items() if name in sent}
    if "beta_headers" in sent:
        changes["beta_headers"] = tuple(body.beta_headers)
    if "base_url" in sent:
        changes["base_url"] = _base_url(body.base_url, before.type)
        if before.vendor is vendors.of_url(before.base_url):
            # Nobody had said another one: the vendor goes with the host.
            changes.setdefault("vendor", vendors.of_url(changes["base_url"]))
    if "auth_header" in changes or body.api_key:
        _require_key_as_asked_for(replace(before, **changes), body.api_key)
    return _edit_provider(provider_id, changes, body.api_key, revisions.require)


@router.delete("/providers/<provider_id>", responses={HTTPStatus.NO_CONTENT: {"description": "It is gone."}})
def delete_provider(provider_id: ProviderId) -> Response[str]:
    """Deletes a provider that serves no model, and its key."""
    installed = composition.get()

    def delete() -> None:
        seen = existing(provider_id)
        revisions.require(seen.revision)
        serving = [
            model.system_name
            for model in installed.catalog.models()
            if any(target.provider_id == provider_id for target in model.targets)
        ]
        if serving:
            named = ", ".join(sorted(serving)[:_MOST_NAMED])
            raise problems.conflict(f"It serves {len(serving)} models: {named}.")
        installed.catalog.noting(catalog_audit.of_deleted_provider(seen)).delete_provider(seen)

    edits.repeat(delete)
    # Not that of one that has taken its name since.
    if installed.catalog.provider(provider_id) is None:
        installed.credentials.remove(provider_id)
    return Response(HTTPStatus.NO_CONTENT, body="")


def _edit_provider(
    provider_id: str, changes: dict[str, Any], api_key: str, require: Callable[[int], None]
) -> ProviderView:
    """Stores a new key under the version that the edited provider then names.

    `require` is what its revision must be, or else nothing is stored.
    """
    require(existing(provider_id).revision)
    if api_key:
        changes = {**changes, "credential_version": composition.get().credentials.store(provider_id, api_key)}

    def edit() -> Provider:
        before = existing(provider_id)
        require(before.revision)
        _require_key_of_its_host(before, changes.get("base_url", before.base_url), api_key)
        after = replace(before, **changes, updated_at=utc_now())
        return (
            composition.get().catalog.noting(catalog_audit.of_provider(before, after)).replace_provider(after)
        )

    return ProviderView.of(edits.repeat(edit))


def _require_key_as_asked_for(provider: Provider, api_key: str) -> None:
    """Raises `ProblemError` unless the provider has a key, or is given one, exactly if it is asked with one.

    Others' edits meanwhile can't undo it: a provider's key may be replaced, never taken away.
    """
    if provider.auth_header is AuthHeader.NONE:
        if api_key:
            raise problems.invalid("apiKey", "is sent to nobody while authHeader is none")
    elif not api_key and not provider.credential_version:
        raise problems.invalid("apiKey", "is required unless authHeader is none")


def _require_key_of_its_host(before: Provider, base_url: str, api_key: str) -> None:
    """Raises `ProblemError` where a stored key would go to another host than it was given for."""
    if before.credential_version and not api_key and _origin(base_url) != _origin(before.base_url):
        raise problems.invalid("apiKey", "is required again, for baseUrl names another scheme, host or port")


def _origin(base_url: str) -> tuple[str, str | None, int | None]:
    url = urlsplit(base_url)
    return url.scheme, url.hostname, url.port or {"https": 443, "http": 80}.get(url.scheme)


def _base_url(text: str, provider_type: ProviderType) -> str:
    checked = provider_urls.checked(text, loopback_allowed=composition.get().settings.loopback_providers)
    return provider_urls.completed(checked, provider_type)


def existing(provider_id: str) -> Provider:
    """Raises `ProblemError` if there is no such provider."""
    provider = composition.get().catalog.provider(provider_id)
    if provider is None:
        raise problems.not_found("provider", provider_id)
    return provider
