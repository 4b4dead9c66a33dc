"""What a parent key may give a key below it: nothing that it doesn't have itself.

Budgets, quotas, safety level and priority are the hierarchy's to check, for administrators, too. Those above
a key bound its requests in any case, so a limit that is left out is no larger than theirs. What is refused
names those that the acting key sees; of others it says that they are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic.alias_generators import to_camel

from tollgate import clock
from tollgate.ledger.key_settings import Bound, Kind, Setting, bound_by
from tollgate_admin.web import problems

if TYPE_CHECKING:
    from tollgate_admin.keys.schemas import ChildBody
    from tollgate_admin.self_service.acting_key import Lineage


def require_within(parent: Lineage, body: ChildBody) -> None:
    """Raises `ProblemError` if a body asks for more than a parent, or one above it, has."""
    for setting in bound_by(Bound.AT_MOST):
        _require_at_most(parent, setting, getattr(body, setting.wire))
    for setting in bound_by(Bound.AMONG):
        _require_among(parent, setting, getattr(body, setting.wire))


def given(parent: Lineage, body: ChildBody) -> dict[str, Any]:
    """What a body gives a key below: a list that it takes away is then that of the parent."""
    lists = _lists(parent)
    return {name: lists.get(name) if value is None else value for name, value in body.changes().items()}


def initial_fields(parent: Lineage, body: ChildBody) -> dict[str, Any]:
    """As `given`, with what a new key below has of its parent."""
    return {**_lists(parent), **given(parent, body)}


def _require_at_most(parent: Lineage, setting: Setting, wanted: Any) -> None:
    for scope in parent.chain:
        limit = setting.of(scope)
        if wanted is None or limit is None or wanted <= limit:
            continue
        excess = "must not be later than" if setting.kind is Kind.MOMENT else "must not exceed"
        shown = clock.rfc3339(limit) if setting.kind is Kind.MOMENT else limit
        is_seen = scope in parent.visible
        most = f"that of API key {scope.key_id}, {shown}" if is_seen else "what a key above it allows"
        raise problems.invalid(to_camel(setting.wire), f"{excess} {most}")


def _require_among(parent: Lineage, setting: Setting, wanted: list[str] | None) -> None:
    allowed = _common(parent, setting)
    others = [] if allowed is None else sorted(set(wanted or ()) - allowed)
    if others:
        what = setting.wire.rpartition("_")[2]
        raise problems.invalid(to_camel(setting.wire), f"contains {what} that the key may not use: {others}")


def _lists(parent: Lineage) -> dict[str, list[str] | None]:
    found = {setting.wire: _common(parent, setting) for setting in bound_by(Bound.AMONG)}
    return {name: None if common is None else sorted(common) for name, common in found.items()}


def _common(parent: Lineage, setting: Setting) -> frozenset[str] | None:
    """What a key and all above it let through; None is everything."""
    lists = [setting.of(scope) for scope in parent.chain if setting.of(scope) is not None]
    return frozenset.intersection(*lists) if lists else None
