"""The catalog as admins change it: with each write goes the audit entry of what it changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from tollgate.adapters.catalog import CatalogTable
from tollgate.adapters.dynamodb import item, values
from tollgate.adapters.transactions import transact
from tollgate.conflicts import AlreadyExistsError, EditConflictError

if TYPE_CHECKING:
    from tollgate.adapters.audit import AuditTable
    from tollgate.adapters.dynamodb import Item
    from tollgate.audit import Change


@dataclass(frozen=True, slots=True)
class AuditedCatalog(CatalogTable):
    audit: AuditTable
    change: Change | None = None

    def noting(self, change: Change) -> Self:
        """The catalog for one write, which makes a change; one that changes nothing leaves no entry."""
        return replace(self, change=change if change.actions else None)

    def _add(self, new: Item) -> None:
        try:
            self._write({"Item": item(new), "ConditionExpression": "attribute_not_exists(id)"})
        except EditConflictError as error:
            if self._get(new["kind"], new["id"]) is not None:
                raise AlreadyExistsError from error
            raise

    def _replace(self, edited: Item, seen_revision: int) -> None:
        self._write(
            {
                "Item": item(edited),
                "ConditionExpression": "revision = :seen",
                "ExpressionAttributeValues": values({":seen": seen_revision}),
            }
        )

    def _write(self, put: dict[str, Any]) -> None:
        noted = [self.audit.putting(self.change)] if self.change else []
        transact(self.client, {"Put": {"TableName": self.table, **put}}, *noted)
