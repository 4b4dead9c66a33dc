"""Which statements of the functions' policies were used, and for what."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infra.local.door.policies import Access, Judgement, Statement

# Of what was refused, enough to see what is wrong.
MAX_REFUSALS = 200


class UseRecord:
    """Grows by what is new alone: it is asked at each request, and there are few kinds of them."""

    def __init__(self) -> None:
        self._uses: dict[tuple[str, str], dict[tuple[str, str], dict[str, set[str]]]] = defaultdict(dict)
        self._attributes: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        self._refusals: list[dict[str, Any]] = []
        self._unknown: list[dict[str, str]] = []

    def allowed(self, function: str, access: Access, judgement: Judgement) -> None:
        for statement in judgement.statements:
            values = self._uses[function, statement.name].setdefault((access.action, access.resource), {})
            for name, used in _condition_values(statement, access).items():
                values.setdefault(name, set()).update(used)
        attributes = access.context.get("dynamodb:Attributes")
        if attributes is not None:
            self._attributes[function, access.action, access.resource].update(attributes)

    def refused(self, function: str, access: Access, judgement: Judgement) -> None:
        if len(self._refusals) < MAX_REFUSALS:
            self._refusals.append(
                {
                    "function": function,
                    **access._asdict(),
                    "denied_by": [each.name for each in judgement.statements],
                }
            )

    def unknown(self, function: str, what: str) -> None:
        if len(self._unknown) < MAX_REFUSALS:
            self._unknown.append({"function": function, "request": what})

    def described(self) -> dict[str, Any]:
        """As JSON has it: what statements allowed, what attributes were named, what was let in by none."""
        return {
            "uses": [
                {
                    "function": function,
                    "statement": statement,
                    "action": action,
                    "resource": resource,
                    "values": {name: sorted(used) for name, used in values.items()},
                }
                for (function, statement), uses in sorted(self._uses.items())
                for (action, resource), values in sorted(uses.items())
            ],
            "attributes": [
                {"function": function, "action": action, "resource": resource, "names": sorted(names)}
                for (function, action, resource), names in sorted(self._attributes.items())
            ],
            "refused": self._refusals,
            "unknown": self._unknown,
        }


def _condition_values(statement: Statement, access: Access) -> dict[str, frozenset[str]]:
    return {
        f"{condition.operator} {condition.key}": condition.used(access.context)
        for condition in statement.conditions
    }
