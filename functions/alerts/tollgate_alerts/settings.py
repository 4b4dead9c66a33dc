"""What the deployment sets, read from the environment once."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import cache
from zoneinfo import ZoneInfo

from tollgate.lean_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """`sender_email` is empty where the deployment has none: mails then fail until it has."""

    keys_table: str
    audit_table: str
    alerts_table: str
    costs_table: str
    catalog_table: str
    topic_arn: str
    sender_email: str
    stage: str
    debounce: timedelta
    reporting_zone: ZoneInfo
    stack_name: str | None


@cache
def from_environment() -> Settings:
    return Settings(
        keys_table=os.environ["KEYS_TABLE"],
        audit_table=os.environ["AUDIT_TABLE"],
        alerts_table=os.environ["ALERTS_TABLE"],
        costs_table=os.environ["COSTS_TABLE"],
        catalog_table=os.environ["CATALOG_TABLE"],
        topic_arn=os.environ["ADMIN_TOPIC"],
        sender_email=os.environ["SENDER_EMAIL"],
        stage=os.environ["STAGE"],
        debounce=timedelta(seconds=int(os.environ["ALERT_DEBOUNCE_SECONDS"])),
        reporting_zone=ZoneInfo(os.environ["REPORTING_ZONE"]),
        stack_name=os.environ.get("STACK_NAME"),
    )
