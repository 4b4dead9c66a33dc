"""Requests and answers in JSON, where binary values are base64."""

from __future__ import annotations

import binascii
import json
from typing import Any

_MAPS = ("Attributes", "Item", "LastEvaluatedKey")


def _base64(value: Any) -> str:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return binascii.b2a_base64(value, newline=False).decode()
    raise TypeError(f"A request can't hold a {type(value).__name__}")


_encode = json.JSONEncoder(separators=(",", ":"), default=_base64, check_circular=False).encode
_decode = json.JSONDecoder().decode


def encode(request: dict[str, Any]) -> bytes:
    """Raises TypeError of what is neither JSON nor bytes."""
    return _encode(request).encode()


def decode(body: bytes) -> Any:
    """The answer, its binary values as bytes. Of what is no answer it raises what `Protocol` allows."""
    answer = _decode(body.decode())
    if b'"B"' in body or b'"BS"' in body:
        _decode_binaries(answer)
    return answer


def _decode_binaries(answer: dict[str, Any]) -> None:
    """In those places of an answer where attribute values are."""
    for item in answer.get("Items", ()):
        _decode_each(item)
    for name in _MAPS:
        _decode_each(answer.get(name) or {})
    for reason in answer.get("CancellationReasons") or ():
        _decode_each(reason.get("Item") or {})
    _decode_each((answer.get("ItemCollectionMetrics") or {}).get("ItemCollectionKey") or {})


def _decode_each(values: dict[str, Any]) -> None:
    for value in values.values():
        _decode_value(value)


def _decode_value(value: dict[str, Any]) -> None:
    for kind, content in value.items():
        if kind == "B":
            value[kind] = binascii.a2b_base64(content)
        elif kind == "BS":
            value[kind] = [binascii.a2b_base64(each) for each in content]
        elif kind == "M":
            _decode_each(content)
        elif kind == "L":
            for each in content:
                _decode_value(each)
