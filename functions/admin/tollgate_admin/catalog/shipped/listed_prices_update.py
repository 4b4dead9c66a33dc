"""The shipped catalog's prices, stored where the proxy finds them for the models of wildcards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import identifiers
from tollgate.catalog.catalog import ModelType
from tollgate.catalog.store.listed_prices import ListedPrices
from tollgate.catalog.wildcards import ListedPrice
from tollgate.pricing.vendors import Vendor
from tollgate_admin.catalog import price_edits
from tollgate_admin.catalog.shipped import import_plan, shipped_prices, staleness
from tollgate_admin.catalog.shipped.import_schemas import ImportEntry

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.catalog.store.audited_catalog import AuditedCatalog
    from tollgate_admin.catalog.shipped.shipped_prices import Entry


def update(stored: AuditedCatalog, now: datetime) -> None:
    """Stores what has changed: a new price is a further version, so that past charges keep the one they had.

    However often it is done, and by how many at once, what is stored is the same.
    """
    listed_prices = ListedPrices(stored.client, stored.table)
    before = {each.name: each for each in listed_prices.all()}
    for entry in shipped_prices.read().models:
        if not staleness.has_ended(entry, now.date()):
            listed = _listed(entry, before.get(entry.system_name), now)
            if listed != before.get(entry.system_name):
                listed_prices.put(listed)


def _listed(entry: Entry, before: ListedPrice | None, now: datetime) -> ListedPrice:
    versions = before.prices if before else ()
    body = import_plan.prices(ImportEntry.model_validate(entry.imported()))
    version_id = f"{identifiers.id_from_name('prc', entry.system_name)}:{len(versions) + 1}"
    return ListedPrice(
        name=entry.system_name,
        vendor=Vendor(entry.vendor),
        type=ModelType(entry.model_type),
        prices=price_edits.with_price(versions, body, now, version_id),
        context_limit=entry.context_limit,
        output_limit=entry.output_limit,
    )
