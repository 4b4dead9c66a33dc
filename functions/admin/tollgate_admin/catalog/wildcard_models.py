"""What holds for models whose name ends in a star."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.catalog import wildcards
from tollgate_admin.web import problems

if TYPE_CHECKING:
    from tollgate.catalog.catalog import Model


def require_sound(model: Model) -> None:
    """Raises `ProblemError` for a wildcard that says what one can't."""
    remote_ids = {"remoteId": model.remote_id}
    remote_ids |= {
        f"alternatives.{place}.remoteId": each.remote_id for place, each in enumerate(model.alternatives)
    }
    for field, remote_id in remote_ids.items():
        if remote_id.find(wildcards.STAR) != len(remote_id) - 1:
            raise problems.invalid(field, "must end in the star of the model's name, and have no other")
    if model.aliases:
        raise problems.invalid("aliases", "can't be had by a model whose name ends in a star")
    if model.allow_unpriced:
        raise problems.invalid("allowUnpriced", "can't be set for a model whose name ends in a star")
