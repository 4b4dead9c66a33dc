"""The audit: what was changed, by whom, from what to what."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Self

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


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


def _value(fields: Mapping[str, Any], name: str) -> tuple[bool, Any]:
    """What a field is, and whether it is there at all."""
    return name in fields, fields.get(name)
