"""Numbers that a client gives: limits, choices, how often a tool may run."""

from __future__ import annotations

from typing import Any

from tollgate.pricing.provider_usage import MAX_TOKENS
from tollgate.refusals import Reason, RefusedError


def count(value: Any, param: str, *, stays: bool = False) -> int | None:
    """The positive integer that a client gives; None if it gives none, or one that limits nothing.

    Local servers take -1 for no limit, and some 0. Raises `RefusedError` for what is no integer: a provider
    might read it otherwise. One with a fraction of zero is as good, unless it `stays` as it is upstream.
    """
    if value is None:
        return None
    if is_whole_float(value) and not stays:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise RefusedError(Reason.INVALID_PARAMETER, f"`{param}` must be an integer.", param=param)
    # A larger one limits nothing, and money is exact for counts up to here.
    return min(value, MAX_TOKENS) if value > 0 else None


def is_whole_float(value: Any) -> bool:
    """Whether a number is an integer with a fraction of zero, which parsers of integers pass over."""
    return isinstance(value, float) and value.is_integer()
