"""The shipped catalog: its entries for a provider, what importing them would change, and their import."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Annotated

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate_admin.catalog import provider_routes
from tollgate_admin.catalog.price_schemas import PriceView, price_fields
from tollgate_admin.catalog.provider_routes import ProviderId
from tollgate_admin.catalog.shipped import catalog_imports, import_plan, shipped_prices, staleness
from tollgate_admin.catalog.shipped.import_schemas import (
    CatalogEntryView,
    CatalogImport,
    CatalogQuery,
    ImportEntry,
    ImportView,
)
from tollgate_admin.composition import services_of
from tollgate_admin.web import problems
from tollgate_admin.web.change_requests import ChangeRequest
from tollgate_admin.web.wire_types import Page

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.catalog.catalog import Model
    from tollgate_admin.catalog.shipped.shipped_prices import Entry

router = APIGatewayRouter()


@router.get("/providers/<provider_id>/catalog")
def list_catalog(
    request: Request, provider_id: ProviderId, query: Annotated[CatalogQuery, Query()]
) -> Page[CatalogEntryView]:
    """List the shipped catalog by name, and what importing each entry for the provider would change.

    `search` matches the name and the vendor.
    """
    services = services_of(request)
    provider_routes.existing(services.catalog, provider_id)
    now, models = services.clock(), {model.system_name: model for model in services.catalog.models()}
    views = (
        _view(entry, models.get(entry.system_name), provider_id, now)
        for entry in _shipped().values()
        if query.vendor in {None, entry.vendor}
    )
    shown, following = query.page(
        (view for view in views if query.state in {None, view.state}),
        lambda view: view.system_name,
        lambda view: (view.system_name, view.vendor),
    )
    return Page[CatalogEntryView](data=shown, next_cursor=following)


@router.post("/providers/<provider_id>/catalog/import")
def import_models(request: Request, provider_id: ProviderId, body: CatalogImport) -> ImportView:
    """Create models, or set the prices of existing ones, from a catalog.

    Each entry is imported by itself, and the response says what became of it; importing it again is safe.
    """
    stored = services_of(request).catalog
    provider_routes.existing(stored, provider_id)
    entries = _entries(body)
    importer = catalog_imports.importer(stored, ChangeRequest.of(request), provider_id, body.existing)
    return ImportView(data=[importer.imported(entry) for entry in entries])


@cache
def _shipped() -> dict[str, Entry]:
    """By name. Read when it is first asked for: few requests need it."""
    return {entry.system_name: entry for entry in shipped_prices.read().models}


def _view(entry: Entry, model: Model | None, provider_id: str, now: datetime) -> CatalogEntryView:
    plan = import_plan.of_entry(ImportEntry(**entry.imported()), model, provider_id, now)
    is_new = plan.after is not plan.before
    after = price_fields(plan.after) | ({"price_version": None, "effective_at": None} if is_new else {})
    return CatalogEntryView(
        system_name=entry.system_name,
        vendor=entry.vendor,
        model_type=entry.model_type,
        context_limit=entry.context_limit,
        output_limit=entry.output_limit,
        valid_until=entry.valid_until,
        stale=staleness.is_stale(entry, now.date()),
        state=plan.state,
        model_id=model.id if model else None,
        before=PriceView(**price_fields(plan.before)) if plan.before else None,
        after=PriceView(**after),
    )


def _entries(body: CatalogImport) -> list[ImportEntry]:
    """Those to import; raises `ProblemError`."""
    if (body.system_names is None) is (body.entries is None):
        raise problems.invalid("systemNames", "must be given if entries is not, and only then")
    if body.entries is not None:
        _require_different("entries", [entry.system_name for entry in body.entries])
        return body.entries
    names = body.system_names or []
    _require_different("systemNames", names)
    unknown = [place for place, name in enumerate(names) if name not in _shipped()]
    if unknown:
        raise problems.invalid(f"systemNames.{unknown[0]}", "is not in the shipped catalog")
    return [ImportEntry(**_shipped()[name].imported()) for name in names]


def _require_different(field: str, names: list[str]) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise problems.invalid(field, f"names {repeated[0]} more than once")
