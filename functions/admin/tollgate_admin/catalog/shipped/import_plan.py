"""What the import of an entry would do to the model of its name, if there is one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tollgate.lean_dataclass import dataclass
from tollgate_admin.catalog import price_edits
from tollgate_admin.catalog.model_schemas import ModelEdit
from tollgate_admin.catalog.price_schemas import PriceBody
from tollgate_admin.catalog.shipped import staleness
from tollgate_admin.catalog.shipped.import_schemas import ImportState

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.catalog.catalog import Model
    from tollgate.pricing.price_versions import PriceVersion
    from tollgate_admin.catalog.shipped.import_schemas import ImportEntry


@dataclass(frozen=True, slots=True)
class Plan:
    """`after` are the prices that the model would have, under an id that nothing has yet if they are new."""

    state: ImportState
    before: PriceVersion | None
    after: PriceVersion


def of_entry(entry: ImportEntry, model: Model | None, provider_id: str, now: datetime) -> Plan:
    """Raises `ProblemError` for prices that can't be."""
    at = entry.effective_at or now
    before = model.version_at(at) if model else None
    versions = price_edits.with_price((before,) if before else (), prices(entry), now, "")
    after = versions[-1]
    if staleness.has_ended(entry, now.date()):
        state = ImportState.ENDED
    elif model is None:
        state = ImportState.NEW
    elif model.provider_id != provider_id:
        state = ImportState.ELSEWHERE
    elif before is None:
        state = ImportState.PRICE_CHANGED
    elif _with_marks_of(after, before) == before:
        state, after = ImportState.UNCHANGED, before
    else:
        state = ImportState.PRICE_CHANGED if before.source else ImportState.EDITED
    return Plan(state, before, after)


def prices(entry: ImportEntry) -> ModelEdit:
    """The edit that gives a model the entry's prices and takes away those that the entry has not."""
    fields: dict[str, Any] = {name: getattr(entry, name) for name in PriceBody.model_fields}
    return ModelEdit(**fields)


def _with_marks_of(version: PriceVersion, other: PriceVersion) -> PriceVersion:
    """All that a version says, bar the figures, is another's: whoever gave it these, they cost the same."""
    return replace(
        version,
        id=other.id,
        effective_at=other.effective_at,
        source=other.source,
        sourced_at=other.sourced_at,
    )
