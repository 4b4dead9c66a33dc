"""What the deployment sets, read from the environment once."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import cache

from tollgate.lean_dataclass import dataclass
from tollgate.ledger.holds import AbandonedPolicy


@dataclass(frozen=True, slots=True)
class Settings:
    keys_table: str
    usage_table: str
    costs_table: str
    audit_table: str
    seal_bucket: str | None
    catalog_table: str
    usage_retention: timedelta
    abandoned_holds: AbandonedPolicy
    stack_name: str | None


@cache
def from_environment() -> Settings:
    return Settings(
        keys_table=os.environ["KEYS_TABLE"],
        usage_table=os.environ["USAGE_TABLE"],
        costs_table=os.environ["COSTS_TABLE"],
        audit_table=os.environ["AUDIT_TABLE"],
        seal_bucket=os.environ["SEAL_BUCKET"] or None,
        catalog_table=os.environ["CATALOG_TABLE"],
        usage_retention=timedelta(days=int(os.environ["USAGE_RETENTION_DAYS"])),
        abandoned_holds=AbandonedPolicy(os.environ["ABANDONED_HOLDS"]),
        stack_name=os.environ.get("STACK_NAME"),
    )
