"""Columns of figures, which are aligned at the right and never cut."""

from __future__ import annotations

from tollgate_cli.output.dollars import usd
from tollgate_cli.output.printer import Column


def amount(title: str, field: str) -> Column:
    """An exact amount in USD; nothing where there is none."""
    return Column(title, lambda row: usd(row[field]), right=True)


def count(title: str, field: str) -> Column:
    """A whole number; nothing where there is none."""
    return Column(title, lambda row: None if row[field] is None else f"{row[field]:,}", right=True)
