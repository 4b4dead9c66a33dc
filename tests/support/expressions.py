"""What DynamoDB refuses in expressions, and an emulator may let pass.

Source: the grammars of condition and update expressions in Amazon's DynamoDB developer guide.
"""

from __future__ import annotations

import re
from typing import Any

_PATH = r"[#\w][\w#]*(?:\.[#\w]+|\[\d+\])*"
_OPERAND = rf"(?::\w+|if_not_exists\({_PATH}, (?::\w+|{_PATH})\)|{_PATH})"
_SET = re.compile(rf"{_PATH} = {_OPERAND}(?: [+-] {_OPERAND})?")
_MAX_BYTES = 4096
_MAX_OPERATORS = 300


def check(params: dict[str, Any], **_event: Any) -> None:
    """Refuses a faulty request: for botocore's event `provide-client-params.dynamodb`."""
    parts = [part for each in params.get("TransactItems", []) for part in each.values()]
    found = [fault for part in (params, *parts) for fault in faults(part)]
    assert found == []


def faults(request: dict[str, Any]) -> list[str]:
    """What is wrong with the expressions of a request to DynamoDB; empty if nothing is."""
    return [
        *_condition_faults(request.get("ConditionExpression", "")),
        *_update_faults(request.get("UpdateExpression", "")),
        *_size_faults(request),
        *_placeholder_faults(request),
    ]


def _condition_faults(condition: str) -> list[str]:
    return [f"arithmetic in a condition: {condition}"] if re.search(r"[+*/]| - ", condition) else []


def _update_faults(update: str) -> list[str]:
    clauses = dict(re.findall(r"(SET|REMOVE|ADD|DELETE) (.*?)(?= (?:SET|REMOVE|ADD|DELETE) |$)", update))
    found = [
        f"a SET of another form than `path = operand [+|- operand]`: {clause}"
        for clause in re.split(r", (?![^(]*\))", clauses.get("SET", ""))
        if clause and not _SET.fullmatch(clause)
    ]
    paths = re.findall(
        rf"(?:^|, )({_PATH})(?= =|,|$)", clauses.get("SET", "") + ", " + clauses.get("REMOVE", "")
    )
    return found + [
        f"overlapping paths: {one} and {other}"
        for index, one in enumerate(paths)
        for other in paths[:index]
        if one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")
    ]


def _size_faults(request: dict[str, Any]) -> list[str]:
    found = []
    for name in ("ConditionExpression", "UpdateExpression"):
        expression = request.get(name, "")
        if len(expression) > _MAX_BYTES:
            found.append(f"{name} of {len(expression)} bytes")
        operators = len(
            re.findall(r"AND|OR|NOT|[=<>]+|contains|attribute_|size|if_not_exists|[+-]", expression)
        )
        if operators > _MAX_OPERATORS:
            found.append(f"{name} with {operators} operators")
    return found


def _placeholder_faults(request: dict[str, Any]) -> list[str]:
    """Placeholders without a value, and values that no expression uses: DynamoDB refuses both."""
    text = " ".join(value for name, value in request.items() if name.endswith("Expression"))
    used = set(re.findall(r"[:#]\w+", text))
    given = {*request.get("ExpressionAttributeNames", {}), *request.get("ExpressionAttributeValues", {})}
    return [f"placeholders that are not both given and used: {sorted(used ^ given)}"] if used != given else []
