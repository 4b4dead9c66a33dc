"""The catalog as admins change it: with each write goes the audit entry of what it changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from aws_wire.attribute_values import values
from tollgate.aws.dynamodb import item
from tollgate.aws.transactions import transact
from tollgate.catalog import catalog, wildcards
from tollgate.catalog.store import catalog_table
from tollgate.catalog.store.catalog_table import CatalogTable
from tollgate.conflicts import AlreadyExistsError, EditConflictError
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tollgate.audit.entry import Change
    from tollgate.audit.store.audit_table import AuditTable
    from tollgate.aws.dynamodb import Item
    from tollgate.catalog.catalog import Model, Provider


@dataclass(frozen=True, slots=True)
class AuditedCatalog(CatalogTable):
    """The catalog table, whose writes take an audit entry along. What is deleted leaves its last item, under
    another kind.
    """

    audit: AuditTable
    change: Change | None = None
    named: frozenset[str] = frozenset()
    names: tuple[Any, ...] = ()

    def with_audit(self, change: Change) -> Self:
        """The catalog for one write, which makes a change."""
        return replace(self, change=change)

    def with_provider_references(self, provider_ids: Iterable[str]) -> Self:
        """The catalog for one write, by which a model names providers.

        It fails if one of them is gone by then, and makes the deletion fail of one whose models were looked
        at before it.
        """
        return replace(self, named=frozenset(provider_ids))

    def with_names(self, before: Model | None, after: Model | None) -> Self:
        """The catalog for one write, which makes one model of another: no name is two models'.

        It fails if a name of the model's has become another one's by then.
        """
        old, new = (set(each.aliases) if each else set() for each in (before, after))
        writes = [self._drop(catalog_table.ALIAS, alias) for alias in sorted(old - new)]
        if after is not None:
            for alias in sorted(new - old):
                writes += [
                    self._put_alias(alias, after),
                    self._require_none(catalog_table.MODEL, catalog.model_id(alias)),
                ]
            if before is None:
                writes.append(self._require_none(catalog_table.ALIAS, after.system_name))
                if wildcards.is_wildcard(after.system_name):
                    named = item(catalog_table.from_wildcard(after))
                    writes.append({"Put": {"TableName": self.table, "Item": named}})
        elif before is not None and wildcards.is_wildcard(before.system_name):
            writes.append(self._drop(catalog_table.WILDCARD, before.system_name))
        return replace(self, names=tuple(writes))

    def delete_model(self, seen: Model) -> None:
        """Raises `EditConflictError` if it was edited or deleted meanwhile."""
        self._delete(catalog_table.from_model(seen))

    def delete_provider(self, seen: Provider) -> None:
        """Raises `EditConflictError` if it was edited or deleted, or a model was made to name it, meanwhile.

        `seen` must have been read before it was looked for models that name it.
        """
        self._delete(catalog_table.from_provider(seen))

    def _add(self, new: Item) -> None:
        put = {"Item": item(new), "ConditionExpression": "attribute_not_exists(id)"}
        try:
            self._write({"Put": {"TableName": self.table, **put}}, self._following(new))
        except EditConflictError as error:
            if self._get(new["kind"], new["id"]) is not None:
                raise AlreadyExistsError from error
            raise

    def _replace(self, edited: Item, seen_revision: int) -> None:
        put = {
            "Item": item(edited),
            "ConditionExpression": "revision = :seen",
            "ExpressionAttributeValues": values({":seen": seen_revision}),
        }
        self._write({"Put": {"TableName": self.table, **put}})

    def _delete(self, seen: Item) -> None:
        """Deletes what is still as it was seen; the item that it leaves is the last one of its id."""
        conditions, expected = ["revision = :revision"], {":revision": seen["revision"]}
        if seen.get("namings") is None:
            conditions.append("attribute_not_exists(namings)")
        else:
            conditions.append("namings = :namings")
            expected[":namings"] = seen["namings"]
        self._write(
            {
                "Delete": {
                    "TableName": self.table,
                    "Key": values({"kind": seen["kind"], "id": seen["id"]}),
                    "ConditionExpression": " AND ".join(conditions),
                    "ExpressionAttributeValues": values(expected),
                }
            },
            {"Put": {"TableName": self.table, "Item": item({**seen, "kind": catalog_table.DELETED})}},
        )

    def _following(self, new: Item) -> dict[str, Any]:
        """Requires that what is new goes on from the last revision of what was deleted under its id."""
        check: dict[str, Any] = {
            "TableName": self.table,
            "Key": values({"kind": catalog_table.DELETED, "id": new["id"]}),
            "ConditionExpression": "attribute_not_exists(id)",
        }
        if new["revision"] > 1:
            check["ConditionExpression"] = "revision = :last"
            check["ExpressionAttributeValues"] = values({":last": new["revision"] - 1})
        return {"ConditionCheck": check}

    def _naming(self, provider_id: str) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self.table,
                "Key": values({"kind": catalog_table.PROVIDER, "id": provider_id}),
                "UpdateExpression": "ADD namings :one",
                "ConditionExpression": "attribute_exists(id)",
                "ExpressionAttributeValues": values({":one": 1}),
            }
        }

    def _put_alias(self, alias: str, model: Model) -> dict[str, Any]:
        put = {"Item": item(catalog_table.from_alias(alias, model)), "TableName": self.table}
        return {"Put": {**put, "ConditionExpression": "attribute_not_exists(id)"}}

    def _drop(self, kind: str, item_id: str) -> dict[str, Any]:
        return {"Delete": {"TableName": self.table, "Key": values({"kind": kind, "id": item_id})}}

    def _require_none(self, kind: str, item_id: str) -> dict[str, Any]:
        return {
            "ConditionCheck": {
                "TableName": self.table,
                "Key": values({"kind": kind, "id": item_id}),
                "ConditionExpression": "attribute_not_exists(id)",
            }
        }

    def _write(self, *writes: Any) -> None:
        noted = [self.audit.put_write(self.change)] if self.change else []
        transact(self.client, *writes, *map(self._naming, sorted(self.named)), *self.names, *noted)
