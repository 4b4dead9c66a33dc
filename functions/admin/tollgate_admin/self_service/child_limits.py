"""What a parent key may give a key below it: nothing that it doesn't have itself.

Budgets, quotas, safety level and priority are the hierarchy's to check, for administrators, too. Those above
a key bound its requests in any case, so a limit that is left out is no larger than theirs. What is refused
names them, as the refusals of calls do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import clock
from tollgate_admin.web import problems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tollgate.ledger.scopes import Scope
    from tollgate_admin.keys.schemas import ChildBody
    from tollgate_admin.self_service.acting_key import Line

_RATES = {"rpm_limit": "rpmLimit", "tpm_limit": "tpmLimit", "max_parallel": "maxParallel"}


def require_within(parent: Line, body: ChildBody) -> None:
    """Raises `ProblemError` if a body asks for more than a parent, or one above it, has."""
    for name, field in _RATES.items():
        wanted = getattr(body, name)
        for scope in parent.chain:
            limit = getattr(scope, name)
            if wanted is not None and limit is not None and wanted > limit:
                raise problems.invalid(field, f"is above that of {scope.key_id}, {limit}")
    _require_sooner(parent.chain, body)
    allowed = parent.allowed_models
    if body.allowed_models is not None and allowed is not None:
        others = sorted(set(body.allowed_models) - allowed)
        if others:
            raise problems.invalid("allowedModels", f"names models that the key may not use: {others}")


def _require_sooner(scopes: Sequence[Scope], body: ChildBody) -> None:
    for scope in scopes:
        if (
            body.expires_at is not None
            and scope.expires_at is not None
            and body.expires_at > scope.expires_at
        ):
            expiry = clock.rfc3339(scope.expires_at)
            raise problems.invalid("expiresAt", f"is later than that of {scope.key_id}, {expiry}")


def models_given(parent: Line, body: ChildBody) -> list[str] | None:
    """The models that the key below is to have: those of the parent where none are named."""
    if body.allowed_models is not None or parent.allowed_models is None:
        return body.allowed_models
    return sorted(parent.allowed_models)
