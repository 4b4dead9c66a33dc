"""What the deployment sets, read from the environment once."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from tollgate.cors import Origins
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.holds import AbandonedPolicy, HoldForm
from tollgate_proxy.bounds.call_bounds import OutputPolicy
from tollgate_proxy.upstream.provider_calls import Timeouts

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Settings:
    keys_table: str
    audit_table: str
    usage_table: str
    catalog_table: str
    responses_table: str
    answers_table: str
    batches_table: str
    bodies_table: str
    credentials_prefix: str
    usage_retention: timedelta
    body_retention: timedelta
    catalog_cache: timedelta
    answer_timeout: timedelta
    silence_timeout: timedelta
    function_timeout: timedelta
    max_request_bytes: int
    abandoned_holds: AbandonedPolicy
    hold_form: HoldForm
    output: OutputPolicy
    hold_wait: timedelta
    timeouts: Timeouts
    sdk_names: bool
    cors: Origins
    budget_refusal_status: int
    loopback_providers: bool
    stack_name: str | None


def of_aws() -> Mapping[str, str]:
    """AWS's own variables, which clients read when they need them: Lambda renews what they sign with."""
    return os.environ


@cache
def from_environment() -> Settings:
    return Settings(
        keys_table=os.environ["KEYS_TABLE"],
        audit_table=os.environ["AUDIT_TABLE"],
        usage_table=os.environ["USAGE_TABLE"],
        catalog_table=os.environ["CATALOG_TABLE"],
        responses_table=os.environ["RESPONSES_TABLE"],
        answers_table=os.environ["ANSWERS_TABLE"],
        batches_table=os.environ["BATCHES_TABLE"],
        bodies_table=os.environ["BODIES_TABLE"],
        credentials_prefix=os.environ["CREDENTIALS_PREFIX"],
        usage_retention=timedelta(days=int(os.environ["USAGE_RETENTION_DAYS"])),
        body_retention=timedelta(days=int(os.environ["BODY_RETENTION_DAYS"])),
        catalog_cache=timedelta(seconds=int(os.environ["CATALOG_CACHE_SECONDS"])),
        answer_timeout=timedelta(seconds=int(os.environ["ANSWER_TIMEOUT_SECONDS"])),
        silence_timeout=timedelta(seconds=int(os.environ["SILENCE_TIMEOUT_SECONDS"])),
        function_timeout=timedelta(seconds=int(os.environ["FUNCTION_TIMEOUT_SECONDS"])),
        max_request_bytes=int(os.environ["MAX_REQUEST_BYTES"]),
        abandoned_holds=AbandonedPolicy(os.environ["ABANDONED_HOLDS"]),
        hold_form=HoldForm(os.environ["HOLD_VERSION"]),
        output=OutputPolicy(
            default=int(os.environ["UNSTATED_OUTPUT_TOKENS"]), minimum=int(os.environ["LEAST_OUTPUT_TOKENS"])
        ),
        hold_wait=timedelta(seconds=float(os.environ["HOLD_WAIT_SECONDS"])),
        timeouts=Timeouts(
            connect=float(os.environ["CONNECT_TIMEOUT_SECONDS"]),
            first_byte=float(os.environ["FIRST_BYTE_TIMEOUT_SECONDS"]),
            between_chunks=float(os.environ["CHUNK_TIMEOUT_SECONDS"]),
            quiet=float(os.environ["STREAM_COMMENT_SECONDS"]),
        ),
        sdk_names=os.environ["SDK_RETRIES"] == "replayed",
        cors=Origins.parse(os.environ.get("CORS_ORIGINS", "")),
        budget_refusal_status=int(os.environ["BUDGET_REFUSAL_STATUS"]),
        loopback_providers=os.environ["LOOPBACK_PROVIDERS"] == "allowed",
        stack_name=os.environ.get("STACK_NAME"),
    )
