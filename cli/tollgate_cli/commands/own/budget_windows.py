"""Budgets by their windows, as a key's holder is told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tollgate_cli.output.printer import Row


def window_of(budget: Row) -> str:
    """ "in all", "a month"."""
    return "in all" if budget["window"] == "total" else f"a {budget['window']}"
