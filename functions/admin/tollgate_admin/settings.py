"""What the deployment sets, read from the environment once."""

from __future__ import annotations

import os
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tollgate.cors import Origins
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Settings:
    keys_table: str
    catalog_table: str
    costs_table: str
    usage_table: str
    audit_table: str
    alerts_table: str
    bodies_table: str
    credentials_prefix: str
    admin_token_secret: str
    alert_debounce: timedelta
    loopback_providers: bool
    max_key_depth: int
    default_monthly_quota: Decimal | None
    reporting_zone: ZoneInfo
    default_max_parallel: int | None = None
    credentials_key: str | None = None
    """The KMS key for providers' keys; AWS's own if it is None."""
    oidc_parameter: str = ""
    """Where Parameter Store has how admins sign in by an issuer."""


@cache
def from_environment() -> Settings:
    return Settings(
        keys_table=os.environ["KEYS_TABLE"],
        catalog_table=os.environ["CATALOG_TABLE"],
        costs_table=os.environ["COSTS_TABLE"],
        usage_table=os.environ["USAGE_TABLE"],
        audit_table=os.environ["AUDIT_TABLE"],
        alerts_table=os.environ["ALERTS_TABLE"],
        bodies_table=os.environ["BODIES_TABLE"],
        credentials_prefix=os.environ["CREDENTIALS_PREFIX"],
        admin_token_secret=os.environ["ADMIN_TOKEN_SECRET"],
        alert_debounce=timedelta(seconds=int(os.environ["ALERT_DEBOUNCE_SECONDS"])),
        loopback_providers=os.environ["LOOPBACK_PROVIDERS"] == "allowed",
        max_key_depth=int(os.environ["MAX_KEY_DEPTH"]),
        default_monthly_quota=_amount(os.environ.get("DEFAULT_MONTHLY_QUOTA_USD", "")),
        reporting_zone=ZoneInfo(os.environ["REPORTING_ZONE"]),
        default_max_parallel=int(os.environ.get("DEFAULT_MAX_PARALLEL", "0")) or None,
        credentials_key=os.environ.get("CREDENTIALS_KEY") or None,
        oidc_parameter=os.environ["OIDC_PARAMETER"],
    )


@dataclass(frozen=True, slots=True)
class ArchiveSettings:
    """What the function that archives is told besides."""

    bucket: str
    usage_retention: timedelta


@cache
def of_archive() -> ArchiveSettings:
    return ArchiveSettings(
        bucket=os.environ["ARCHIVE_BUCKET"],
        usage_retention=timedelta(days=int(os.environ["USAGE_RETENTION_DAYS"])),
    )


def of_aws() -> Mapping[str, str]:
    """AWS's own variables, which clients read when they need them: Lambda renews what they sign with."""
    return os.environ


def origins() -> Origins:
    """Pages of which a browser lets call the API; none if nothing is said."""
    return Origins.parse(os.environ.get("CORS_ORIGINS", ""))


def _amount(text: str) -> Decimal | None:
    """USD, None if it is left empty."""
    return Decimal(text) if text else None
