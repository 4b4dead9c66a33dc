"""The demo company's keys: who is below whom, what each spends on, and what limits it has."""

from __future__ import annotations

from infra.demo.plan.departments import COMPANY, DEPARTMENTS, TEAMS, TOP
from infra.demo.plan.planned_key import PlannedKey
from infra.demo.plan.services import ENGINEERS, MARKED_UP, OTHERS

__all__ = ["BY_NAME", "COMPANY", "KEYS", "MARKED_UP", "PlannedKey", "lineage"]

KEYS = (*TOP, *DEPARTMENTS, *TEAMS, *ENGINEERS, *OTHERS)
BY_NAME = {each.name: each for each in KEYS}


def lineage(name: str) -> tuple[str, ...]:
    """A key's name and those above it, the root last."""
    found = [name]
    while (above := BY_NAME[found[-1]].below) is not None:
        found.append(above)
    return tuple(found)
