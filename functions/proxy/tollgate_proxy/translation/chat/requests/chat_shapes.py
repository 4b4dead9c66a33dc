"""Values of a chat's request that must be of one kind, or else are refused as the API itself would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping


def refused(message: str, param: str) -> RefusedError:
    return RefusedError(Reason.INVALID_PARAMETER, message, param=param)


def an_object(value: Any, param: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise refused(f"`{param}` must be an object.", param)
    return value


def objects(value: Any, param: str) -> list[Mapping[str, Any]]:
    """A list of objects; None is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise refused(f"`{param}` must be a list.", param)
    return [an_object(each, f"{param}[{at}]") for at, each in enumerate(value)]


def text(value: Any, param: str) -> str:
    if not isinstance(value, str):
        raise refused(f"`{param}` must be a string.", param)
    return value


def optional_text(value: Any, param: str) -> str | None:
    return None if value is None else text(value, param)


def texts(value: Any, param: str) -> tuple[str, ...]:
    """A string, or a list of them; None is an empty one."""
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list):
        raise refused(f"`{param}` must be a string or a list of strings.", param)
    return tuple(text(each, f"{param}[{at}]") for at, each in enumerate(value))


def optional_boolean(value: Any, param: str) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise refused(f"`{param}` must be a boolean.", param)
    return value


def optional_number(value: Any, param: str) -> float | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise refused(f"`{param}` must be a number.", param)
    return value


def optional_count(value: Any, param: str) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise refused(f"`{param}` must be a whole number that isn't negative.", param)
    return value
