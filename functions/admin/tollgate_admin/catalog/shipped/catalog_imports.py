"""Imports of entries: each by itself, as if its model were created or edited alone."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from aws_wire.errors import ServiceError
from tollgate.catalog import catalog
from tollgate.lean_dataclass import dataclass
from tollgate_admin.catalog import model_commands
from tollgate_admin.catalog.model_schemas import ModelCreation
from tollgate_admin.catalog.shipped import import_plan
from tollgate_admin.catalog.shipped.import_schemas import Existing, ImportedView, ImportState
from tollgate_admin.web import problems
from tollgate_admin.web.problems import ProblemError
from tollgate_admin.web.wire_types import FieldError

if TYPE_CHECKING:
    from tollgate.catalog.catalog import Model
    from tollgate.catalog.store.audited_catalog import AuditedCatalog
    from tollgate_admin.catalog.shipped.import_schemas import ImportEntry
    from tollgate_admin.web.change_requests import ChangeRequest

logger = logging.getLogger(__name__)

Outcome = Literal["created", "updated", "unchanged", "kept"]


@dataclass(frozen=True, slots=True)
class Importer:
    """Imports entries as models of one provider. `existing` says what becomes of those that there are."""

    stored: AuditedCatalog
    asked: ChangeRequest
    provider_id: str
    existing: Existing

    def imported(self, entry: ImportEntry) -> ImportedView:
        """What became of an entry: one that can't be imported keeps no other from being."""
        model_id = catalog.model_id(entry.system_name)
        try:
            outcome = self._import(entry, model_id)
        except ProblemError as error:
            return _refused(entry, model_id, error.detail, error.errors)
        except ServiceError:
            logger.exception("%s could not be imported", entry.system_name)
            return _refused(entry, model_id, "Tollgate failed to store the model. Import it again.")
        return ImportedView(
            system_name=entry.system_name, outcome=outcome, model_id=model_id, detail=None, errors=[]
        )

    def _import(self, entry: ImportEntry, model_id: str) -> Outcome:
        model = self.stored.model_by_id(model_id)
        state = import_plan.of_entry(entry, model, self.provider_id, self.asked.now()).state
        if state is ImportState.ENDED:
            raise problems.conflict(f"Its prices ended on {entry.valid_until}.")
        if model is None:
            model_commands.create(self.stored, self.asked, self._creation(entry))
            return "created"
        if self.existing is Existing.KEEP:
            return "kept"
        if state is ImportState.UNCHANGED:
            return "unchanged"
        edit = import_plan.prices(entry)
        model_commands.edit(
            self.stored, self.asked, model_id, edit, lambda before: self._require_free(entry, before)
        )
        return "updated"

    def _creation(self, entry: ImportEntry) -> ModelCreation:
        sent = entry.changes()
        sent.pop("valid_until", None)
        return ModelCreation(provider_id=self.provider_id, **sent)

    def _require_free(self, entry: ImportEntry, model: Model) -> None:
        """Raises `ProblemError` unless the import may give the model its price: asked as it is stored."""
        state = import_plan.of_entry(entry, model, self.provider_id, self.asked.now()).state
        if state is ImportState.ELSEWHERE:
            raise problems.conflict("A model of that name is first served by another provider.")
        if state is ImportState.EDITED and self.existing is not Existing.REPLACE:
            raise problems.conflict("Its price was set by hand; only `existing: replace` changes that.")


def importer(stored: AuditedCatalog, asked: ChangeRequest, provider_id: str, existing: Existing) -> Importer:
    """If-Match is for one model's revision: it says nothing of many."""
    return Importer(stored, replace(asked, if_match=None), provider_id, existing)


def _refused(
    entry: ImportEntry, model_id: str, detail: str, errors: tuple[tuple[str, str], ...] = ()
) -> ImportedView:
    return ImportedView(
        system_name=entry.system_name,
        outcome="refused",
        model_id=model_id,
        detail=detail,
        errors=[FieldError(field=field, message=message) for field, message in errors],
    )
