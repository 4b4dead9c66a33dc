"""Drift as people read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tollgate.ledger.scopes import Scope
    from tollgate.reconcile.reconciliation import Drift
    from tollgate.reconcile.repairs import Repair

_MAX_NAME_CHARACTERS = 30


def of_drifts(drifts: Iterable[Drift], scopes: Mapping[str, Scope]) -> str:
    return _table(
        ("key", "name", "counter", "expected", "found", "difference"),
        [
            (
                drift.scope_id,
                scopes[drift.scope_id].name[:_MAX_NAME_CHARACTERS],
                drift.counter.value,
                money.to_string(drift.expected),
                money.to_string(drift.found),
                money.to_string(drift.difference) + ("" if drift.exact else " or more"),
            )
            for drift in drifts
        ],
    )


def of_repair(repair: Repair) -> str:
    after = repair.after()
    return _table(
        ("counter", "now", "repaired", "added"),
        [
            (counter.value, *map(money.to_string, (was, after[counter], repair.additions[counter])))
            for counter, was in repair.before().items()
        ],
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    ]
    return "\n".join(lines)
