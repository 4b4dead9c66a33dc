"""A request's members in the types that the API's reference gives them; others are refused, as there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def refuse(message: str, param: str) -> NoReturn:
    raise RefusedError(Reason.INVALID_PARAMETER, message, param=param)


def text(value: Any, param: str) -> str:
    if not isinstance(value, str):
        refuse(f"`{param}` must be a string.", param)
    return value


def optional_text(value: Any, param: str) -> str | None:
    return None if value is None else text(value, param)


def mapping(value: Any, param: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        refuse(f"`{param}` must be an object.", param)
    return value


def optional_mapping(value: Any, param: str) -> Mapping[str, Any]:
    """An object, empty where there is none."""
    return {} if value is None else mapping(value, param)


def sequence(value: Any, param: str) -> Sequence[Any]:
    if not isinstance(value, list):
        refuse(f"`{param}` must be an array.", param)
    return value


def optional_number(value: Any, param: str) -> float | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        refuse(f"`{param}` must be a number.", param)
    return value


def optional_flag(value: Any, param: str) -> bool | None:
    if value is not None and not isinstance(value, bool):
        refuse(f"`{param}` must be true or false.", param)
    return value
