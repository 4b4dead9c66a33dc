"""The functions' policies as docs/permissions.md has them: a row for each statement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from infra.local.door.policies import listed
from infra.local.tables import Intrinsic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FUNCTION = "AWS::Serverless::Function"


def rows(template: Mapping[str, Any]) -> dict[str, list[str]]:
    """By function, in the order of the template."""
    return {
        name: [_row(statement) for statement in statements(resource)]
        for name, resource in template["Resources"].items()
        if resource["Type"] == FUNCTION
    }


def statements(function: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for policy in function["Properties"]["Policies"]:
        yield from policy["Statement"]


def _row(statement: Mapping[str, Any]) -> str:
    actions = ", ".join(f"`{each}`" for each in listed(statement["Action"]))
    if statement["Effect"] == "Deny":
        spared = sorted({_named(each) for each in listed(statement["NotResource"])})
        return f"| all but {', '.join(f'`{each}`' for each in spared)} | denied: {actions} | |"
    named = ", ".join(f"`{_named(each)}`" for each in listed(statement["Resource"]))
    only = "; ".join(
        _condition(key, values)
        for keys in statement.get("Condition", {}).values()
        for key, values in keys.items()
    )
    return f"| {named} | {actions} | {only} |".replace("|  |", "| |")


def _condition(key: str, values: Any) -> str:
    if key == "dynamodb:Attributes":
        return f"{len(values)} [attributes](#attributes-of-a-key)"
    what = {"dynamodb:LeadingKeys": "partition keys", "ses:FromAddress": "sender"}.get(key, key)
    texts = [each.argument if isinstance(each, Intrinsic) else each for each in listed(values)]
    return f"{what} {', '.join(f'`{each}`' for each in texts)}"


def _named(resource: Any) -> str:
    """`KeysTable`, `UsageTable/index/by_day`, `KeysTable/stream`, `parameter/tollgate/…`."""
    text = str(resource.argument if isinstance(resource, Intrinsic) else resource)
    if isinstance(resource, Intrinsic) and resource.name == "GetAtt":
        name, _, attribute = text.partition(".")
        return f"{name}/stream" if attribute == "StreamArn" else name
    text = re.sub(r"^arn:\$\{AWS::Partition}:\w+:\$\{AWS::Region}:\$\{AWS::AccountId}:", "", text)
    return re.sub(r"^(?:log-group:)?\$\{(\w+)(?:\.Arn)?}", r"\1", text)
