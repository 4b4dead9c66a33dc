"""What the deployment sets, read from the environment once."""

from __future__ import annotations

import os
from functools import cache
from zoneinfo import ZoneInfo

from tollgate.lean_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    costs_table: str
    reporting_zone: ZoneInfo
    stack_name: str | None


@cache
def from_environment() -> Settings:
    return Settings(
        costs_table=os.environ["COSTS_TABLE"],
        reporting_zone=ZoneInfo(os.environ["REPORTING_ZONE"]),
        stack_name=os.environ.get("STACK_NAME"),
    )
