"""What the functions of a running stack may do, and what of it they have done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from infra.local.door.policies import Statement, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.stack import Stack


class Permission(NamedTuple):
    """An action on what a statement names, in short: `KeysTable`, `AlertsTable/index/due`."""

    function: str
    action: str
    resource: str


class ConditionValue(NamedTuple):
    """A value that a condition of a statement lets through, such as a partition key."""

    function: str
    action: str
    resource: str
    key: str
    value: str


@dataclass(frozen=True)
class PermissionUses:
    told: dict[str, Any]
    """As the stack's door tells it."""
    names: dict[str, str]
    """By the names of resources, what the template calls them."""

    @classmethod
    def of(cls, stack: Stack, resources: dict[str, str]) -> PermissionUses:
        """`resources` are the stack's physical ids, by their logical ones."""
        told = httpx.get(stack.permissions_url, timeout=60, trust_env=False).json()
        # The end of an ARN, or of a queue's URL.
        names = {physical.rpartition(":")[2].rpartition("/")[2]: name for name, physical in resources.items()}
        return cls(told, names)

    def statements(self) -> Iterator[tuple[str, Statement]]:
        """Each one with its function."""
        for function, policies in self.told["policies"].items():
            for name, document in policies.items():
                for place, written in enumerate(listed(document["Statement"])):
                    yield function, Statement.read(f"{name}/{place}", written)

    def unused(self) -> set[Permission | ConditionValue]:
        """What statements allow, action by action on each thing that they name, and no call has needed.

        Attributes aren't here: which ones the ledger's writes may name, its code says.
        """
        found: set[Permission | ConditionValue] = set()
        for function, statement in self.statements():
            if not statement.allows:
                continue
            uses = self._of(function, statement.name)
            for resource in statement.resources:
                name = self.short(resource)
                for action in statement.actions:
                    if not any(_is(use, action, resource) for use in uses):
                        found.add(Permission(function, action, name))
            for condition in statement.conditions:
                if condition.key == "dynamodb:Attributes":
                    continue
                used = {
                    value for use in uses for value in use["values"][f"{condition.operator} {condition.key}"]
                }
                first = statement.actions[0], self.short(statement.resources[0])
                found |= {
                    ConditionValue(function, *first, condition.key, value)
                    for value in condition.values
                    if value not in used
                }
        return found

    def wide(self) -> set[Permission]:
        """What is named by a pattern, and so may be more than what was used of it."""
        return {
            Permission(function, action, self.short(resource))
            for function, statement in self.statements()
            if statement.allows
            for action in statement.actions
            for resource in statement.resources
            if "*" in action or "*" in resource or "?" in resource
        }

    def short(self, resource: str) -> str:
        """Without what an ARN has in front, and with the template's names."""
        kind, _, rest = resource.split(":", 5)[-1].partition("/")
        name, slash, more = rest.partition("/") if kind == "table" else (f"{kind}/{rest}", "", "")
        if not rest:
            name = kind
        named = self.names.get(name, name)
        if kind == "table" and more.startswith("stream/"):
            more = "stream/*" if more.endswith("*") else "stream"
        return f"{named}{slash}{more}"

    def _of(self, function: str, statement: str) -> list[dict[str, Any]]:
        return [
            each
            for each in self.told["uses"]
            if (each["function"], each["statement"]) == (function, statement)
        ]


def _is(use: dict[str, Any], action: str, resource: str) -> bool:
    written = {"Effect": "Allow", "Action": action, "Resource": resource}
    return Statement.read("", written).is_about(use["action"], use["resource"])
