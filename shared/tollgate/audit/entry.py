"""The audit: what was changed, by whom, from what to what."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from tollgate.ledger.scopes import Enforcement, KeyStatus

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.scopes import Scope


@dataclass(frozen=True, slots=True)
class Change:
    """One change that was made to a key, provider or model, or to the alerts' defaults.

    `before` and `after` hold the fields that differ, in the form that the admin API shows them in.
    `actions` say what it amounts to: `budget.raise`, `key.move`. `actor` is an id, `actor_name` the name that
    it had then.
    """

    id: str
    entity: str
    actions: tuple[str, ...]
    actor: str
    actor_name: str
    at: datetime
    request_id: str | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        entity: str,
        actions: tuple[str, ...],
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        *,
        actor: str,
        at: datetime,
        request_id: str | None,
        actor_name: str | None = None,
    ) -> Self:
        """A change between two versions, of which only what differs is kept.

        An actor without a name goes by the id.
        """
        fields = [name for name in sorted({**before, **after}) if _value(before, name) != _value(after, name)]
        return cls(
            id=f"chg_{secrets.token_hex(10)}",
            entity=entity,
            actions=actions,
            actor=actor,
            actor_name=actor if actor_name is None else actor_name,
            at=at,
            request_id=request_id,
            before={name: before[name] for name in fields if name in before},
            after={name: after[name] for name in fields if name in after},
        )


def key_actions(before: Scope, after: Scope) -> tuple[str, ...]:
    """What an edit of a key amounts to; `key.update` if nothing says it better."""
    found = [
        *_status_actions(before, after),
        *(["key.rotate"] if before.secret_hash != after.secret_hash else []),
        *_limit_actions("budget", before.budget_limit, after.budget_limit),
        *_limit_actions("quota", before.quota.limit, after.quota.limit),
        *_limit_actions("safety", before.safety_level, after.safety_level),
        *_limit_actions("priority", before.priority.rank, after.priority.rank),
    ]
    if _is_rescheduled(before, after):
        found.append("quota.reschedule")
    if before.enforcement is not after.enforcement:
        is_hard = after.enforcement is Enforcement.HARD
        found.append("enforcement.harden" if is_hard else "enforcement.soften")
    if before.parent_id != after.parent_id:
        found.append("key.move")
    return tuple(found) or ("key.update",)


def _status_actions(before: Scope, after: Scope) -> list[str]:
    if before.status is after.status:
        return []
    return ["key.revoke" if after.status is KeyStatus.REVOKED else "key.reinstate"]


def _limit_actions(what: str, before: Decimal | int | None, after: Decimal | int | None) -> list[str]:
    if before == after:
        return []
    if before is None or after is None:
        return [f"{what}.set" if before is None else f"{what}.remove"]
    return [f"{what}.raise" if after > before else f"{what}.lower"]


def _is_rescheduled(before: Scope, after: Scope) -> bool:
    if before.quota.limit is None or after.quota.limit is None:
        return False
    old, new = before.quota, after.quota
    return (old.schedule, old.carries_unused, old.carries_overspend) != (
        new.schedule,
        new.carries_unused,
        new.carries_overspend,
    )


def _value(fields: Mapping[str, Any], name: str) -> tuple[bool, Any]:
    """What a field is, and whether it is there at all."""
    return name in fields, fields.get(name)
