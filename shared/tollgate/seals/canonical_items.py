"""An item's canonical bytes: the same for the same attributes, whatever code has written or read them.

They are made of what DynamoDB stores, not of what this version of Tollgate knows of it. So an attribute that
a later version adds is in them, and an item that an earlier one has written never changes its bytes. The form
is that of DynamoDB's own JSON: it is what `aws dynamodb get-item` and an export to S3 show, so that anybody
can make the bytes without Tollgate.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DataExport.Output.html
"""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tollgate import money

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NONE = "There is something in the item that is no attribute value of DynamoDB."
# Beyond it are no numbers of DynamoDB's, and a plain decimal would be as long as its exponent is large.
_MAX_EXPONENT = 130


def canonical_bytes(item: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8 without spaces, its members and the members of sets in the order of code points.

    `item` has attribute values, in which a binary value may be bytes or base 64. Numbers are plain decimals
    without an exponent and without zeros that say nothing. Raises ValueError for what is no attribute value.
    """
    return canonical_json(_values(item))


def canonical_json(value: Any) -> bytes:
    """JSON in the same form, of texts, whole numbers, booleans, maps and lists."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def _values(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in item.items()}


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, dict) and len(value) == 1:
        ((kind, content),) = value.items()
        if (convert := _CONVERSIONS.get(kind)) is not None:
            try:
                return {kind: convert(content)}
            except (TypeError, AttributeError, ArithmeticError, RecursionError) as error:
                raise ValueError(_NONE) from error
    raise ValueError(_NONE)


def _number(content: str) -> str:
    # Most are whole numbers, which are in this form already.
    if content.isdecimal() and content[0] != "0":
        return content
    number = Decimal(content)
    if not number.is_finite() or abs(number.adjusted()) > _MAX_EXPONENT:
        raise ValueError(_NONE)
    return money.to_string(number)


def _binary(content: bytes | str) -> str:
    return content if isinstance(content, str) else base64.b64encode(content).decode("ascii")


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    raise ValueError(_NONE)


def _truth(content: Any) -> bool:
    if isinstance(content, bool):
        return content
    raise ValueError(_NONE)


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "S": _text,
    "N": _number,
    "BOOL": _truth,
    "NULL": _truth,
    "B": _binary,
    "M": _values,
    "L": lambda content: [_value(each) for each in content],
    "SS": lambda content: sorted(map(_text, content)),
    "NS": lambda content: sorted(map(_number, content)),
    "BS": lambda content: sorted(map(_binary, content)),
}
