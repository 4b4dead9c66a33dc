"""Which of an item's attributes an expression of DynamoDB names.

Grammar: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# A path's first part: what comes after a dot lies within the attribute, and what a colon begins is a value.
_NAME = re.compile(r"(?<![\w.:#])#?[A-Za-z_]\w*|(?<![\w.:])#\w+")
_KEYWORDS = frozenset({"SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "IN", "BETWEEN"})
_FUNCTIONS = frozenset(
    {
        "attribute_exists",
        "attribute_not_exists",
        "attribute_type",
        "begins_with",
        "contains",
        "if_not_exists",
        "list_append",
        "size",
    }
)
_EQUAL = re.compile(r"([#\w]+)\s*=\s*(:\w+)")
EXPRESSIONS = (
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)


def named_in(part: Mapping[str, object]) -> Iterator[str]:
    """By all expressions of a request, or of one of its parts; not each only once."""
    names = part.get("ExpressionAttributeNames")
    resolved: Mapping[str, str] = names if isinstance(names, dict) else {}
    for expression in EXPRESSIONS:
        text = part.get(expression)
        if isinstance(text, str):
            for name in first_parts(text):
                yield resolved[name] if name.startswith("#") else name


@lru_cache(maxsize=4096)
def first_parts(expression: str) -> frozenset[str]:
    """Of the paths in an expression, placeholders as they stand."""
    return frozenset(
        found[0]
        for found in _NAME.finditer(expression)
        if found[0].upper() not in _KEYWORDS and not _is_function(expression, found)
    )


def _is_function(expression: str, found: re.Match[str]) -> bool:
    return found[0] in _FUNCTIONS and expression[found.end() :].lstrip().startswith("(")


def wanted_key(part: Mapping[str, object], attribute: str) -> str | None:
    """The placeholder of the value that a query's key condition wants of an attribute."""
    names = part.get("ExpressionAttributeNames")
    resolved: Mapping[str, str] = names if isinstance(names, dict) else {}
    for name, value in _EQUAL.findall(str(part.get("KeyConditionExpression", ""))):
        if resolved.get(name, name) == attribute:
            return str(value)
    return None
