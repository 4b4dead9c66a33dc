"""Which keys a list is to show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import StringConstraints

from tollgate.budget_health.states import BudgetState, budget_state
from tollgate.ledger.scopes import KeyStatus, Priority
from tollgate_admin.web.pagination import ListQuery
from tollgate_admin.web.wire_types import KeyId, ManagedBy, Name

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.keys.store.hierarchy import Hierarchy
    from tollgate.keys.store.keys_table import KeysTable
    from tollgate.ledger.scopes import Scope

# What leaves no key out.
_PAGING = frozenset({"limit", "cursor"})


class ChildrenQuery(ListQuery):
    """Keys that fit all that is named.

    `search` is for the name, id, owner, external id, and tags' names and values. `tag` is the name of one, or
    `name=value`. `budgetState` is that of the key's own budgets. `managedBy` is the whole label.
    """

    status: KeyStatus | None = None
    owner: Annotated[str, StringConstraints(max_length=254)] | None = None
    tag: Annotated[str, StringConstraints(max_length=321)] | None = None
    priority: Priority | None = None
    budget_state: BudgetState | None = None
    managed_by: ManagedBy | None = None

    def matches(self, scope: Scope, at: datetime) -> bool:
        return (
            self.status in {None, scope.status_at(at)}
            and self.priority in {None, scope.priority}
            and self.managed_by in {None, scope.managed_by}
            and (self.owner is None or self.owner.casefold() == (scope.owner_email or "").casefold())
            and (
                self.tag is None or any(self.tag in {name, f"{name}={of}"} for name, of in scope.tags.items())
            )
            and (self.budget_state is None or self.budget_state is budget_state(scope, at))
            and self._finds(scope)
        )

    def children(self, hierarchy: Hierarchy, parent_id: str, now: datetime) -> tuple[list[Scope], str | None]:
        """The page of a key's children, by their ids, and where to go on."""
        return hierarchy.children(parent_id, self.limit, self.cursor, lambda scope: self.matches(scope, now))

    def _finds(self, scope: Scope) -> bool:
        of_tags = [text for tag in scope.tags.items() for text in tag]
        return self.finds(scope.name, scope.key_id, scope.owner_email, scope.external_id, *of_tags)


class KeysQuery(ChildrenQuery):
    """Keys that fit all that is named; with `parentId`, right below that one.

    `externalId` is that of one key at most, `roots` is true for keys without a parent alone.
    """

    parent_id: KeyId | None = None
    external_id: Name | None = None
    roots: bool = False

    def matches(self, scope: Scope, at: datetime) -> bool:
        return (not self.roots or scope.parent_id is None) and super().matches(scope, at)

    def keys(self, keys: KeysTable, hierarchy: Hierarchy, now: datetime) -> tuple[list[Scope], str | None]:
        """The page, and where to go on."""
        if self.external_id is not None:
            return self._named(keys, self.external_id, now), None
        if self.parent_id is not None:
            return self.children(hierarchy, self.parent_id, now)
        matches = None if self.model_fields_set <= _PAGING else lambda scope: self.matches(scope, now)
        return keys.page(self.limit, self.cursor, matches, roots_only=self.roots)

    def _named(self, keys: KeysTable, external_id: str, now: datetime) -> list[Scope]:
        found = keys.by_external_id(external_id)
        fits = found and self.parent_id in {None, found.parent_id} and self.matches(found, now)
        return [found] if found and fits else []
