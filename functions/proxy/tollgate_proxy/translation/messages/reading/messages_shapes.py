"""What is read of a request's members: values that have the shape which Anthropic's reference gives them.

Each raises `RefusedError` for another one, as that API would refuse it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.translation.conversation import CachePoint

if TYPE_CHECKING:
    from collections.abc import Mapping


def refused(param: str, message: str) -> RefusedError:
    return RefusedError(Reason.INVALID_PARAMETER, f"{param}: {message}", param=param)


def text(value: Any, param: str) -> str:
    if not isinstance(value, str):
        raise refused(param, "Field required" if value is None else "Input should be a valid string")
    return value


def text_or_none(value: Any, param: str) -> str | None:
    return None if value is None else text(value, param)


def flag(value: Any, param: str) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise refused(param, "Input should be a valid boolean")
    return value


def number(value: Any, param: str, most: float | None = None) -> float | None:
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise refused(param, "Input should be a valid number")
    if value < 0 or (most is not None and value > most):
        raise refused(
            param, f"Input should be between 0 and {most}" if most else "Input should not be below 0"
        )
    return value


def count(value: Any, param: str) -> int | None:
    found = number(value, param)
    if found is None:
        return None
    if found != int(found):
        raise refused(param, "Input should be a valid integer")
    return int(found)


def members(value: Any, param: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise refused(param, "Field required" if value is None else "Input should be an object")
    return value


def members_or_none(value: Any, param: str) -> Mapping[str, Any]:
    """An object's members, none of one that isn't there."""
    return {} if value is None else members(value, param)


def listed(value: Any, param: str) -> list[tuple[str, Mapping[str, Any]]]:
    """A list's objects, each with its place."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise refused(param, "Input should be a valid list")
    return [(f"{param}.{at}", members(each, f"{param}.{at}")) for at, each in enumerate(value)]


def cache_point(owner: Mapping[str, Any], param: str) -> CachePoint | None:
    """An object's mark on the prompt's cache: https://platform.claude.com/docs/en/build-with-claude/prompt-caching"""
    control = owner.get("cache_control")
    if control is None:
        return None
    place = f"{param}.cache_control" if param else "cache_control"
    return CachePoint(text_or_none(members(control, place).get("ttl"), f"{place}.ttl"))
