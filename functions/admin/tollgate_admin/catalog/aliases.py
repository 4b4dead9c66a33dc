"""Further names of models: none is another model's, or another name of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_admin.web import problems

if TYPE_CHECKING:
    from tollgate.catalog.catalog import Model
    from tollgate.catalog.store.audited_catalog import AuditedCatalog


def require_free(stored: AuditedCatalog, before: Model | None, after: Model) -> None:
    """Raises `ProblemError` unless each name that a model is to get is its alone."""
    if before is None and (owner := stored.aliased(after.system_name)) is not None:
        message = f"{after.system_name} is an alias of the model {owner}."
        raise problems.conflict(message, ("systemName", "is already taken"))
    kept = frozenset(before.aliases) if before else frozenset()
    for place, alias in enumerate(after.aliases):
        field = f"aliases.{place}"
        if alias == after.system_name or alias in after.aliases[:place]:
            raise problems.invalid(field, "repeats a name of the model")
        if alias in kept:
            continue
        owner = alias if stored.model(alias) is not None else stored.aliased(alias)
        if owner is not None:
            message = f"{alias} is already a name of the model {owner}."
            raise problems.conflict(message, (field, "is already taken"))
