"""Texts, whole numbers and flags, read without pydantic: Typer would import it for an eighth of a second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True)
class _Plain:
    """Stands in for what Typer would build from the parameter's annotation."""

    read: Callable[[Any], Any]

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """None is what wasn't given. Raises `typer.BadParameter`."""
        several = param.multiple or param.nargs == -1
        if value is None:
            return () if several else None
        try:
            return [self.read(each) for each in value] if several else self.read(value)
        except ValueError:
            raise typer.BadParameter(f"{value!r} is not a whole number.", ctx=ctx, param=param) from None


_PLAIN = {
    str: _Plain(str),
    list[str]: _Plain(str),
    int: _Plain(int),
    bool: _Plain(bool),
}


def read_plainly(parameters: Iterable[Any]) -> None:
    """Other types, and what has bounds or a parser, are left to Typer."""
    for each in parameters:
        kind = getattr(each, "type_descriptor", None)
        if kind is None or each._runtime_param is not None:
            continue
        described = kind.parameter_info
        bounded = described.min is not None or described.max is not None
        if not bounded and described.parser is None and not kind.is_path:
            each._runtime_param = _PLAIN.get(kind.annotation)
