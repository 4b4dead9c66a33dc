"""A key, a call and its record as many deployments have them, by whose sizes writes are counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.support import item_sizes
from tests.support.builders import admission, price_version, record, scope
from tollgate import identifiers
from tollgate.aws.dynamodb import item
from tollgate.catalog import catalog
from tollgate.ledger import rate_limits
from tollgate.ledger.admissions import HoldAttempt
from tollgate.ledger.billing import packs
from tollgate.ledger.billing.billing_modes import BillingMode, Overage
from tollgate.ledger.billing.packs import Pack
from tollgate.ledger.claims import Demand
from tollgate.ledger.quotas import Quota
from tollgate.ledger.records import FailedAttempt
from tollgate.ledger.store import scope_items
from tollgate.ledger.windows import Period, Schedule
from tollgate.pricing import bill
from tollgate.pricing.price_terms import AT_COST
from tollgate.pricing.usage import NO_USAGE, TokenClass, Usage, UsageSource

if TYPE_CHECKING:
    from tollgate.keys.api_keys import ApiKey
    from tollgate.ledger.admissions import Admission
    from tollgate.ledger.records import LedgerRecord
    from tollgate.ledger.scopes import Scope

AT = datetime(2026, 11, 29, 10, 15, 3, 417000, tzinfo=UTC)
RETENTION = timedelta(days=400)
MODEL = "claude-sonnet-4-5"
PRICES = price_version(
    {TokenClass.INPUT: "3", TokenClass.CACHED_INPUT: "0.3", TokenClass.OUTPUT: "15"},
    id=f"{catalog.model_id(MODEL)}:12",
)
USAGE = Usage(
    {
        TokenClass.INPUT: 1187,
        TokenClass.CACHED_INPUT: 2048,
        TokenClass.OUTPUT: 412,
        TokenClass.REASONING: 640,
    },
    UsageSource.PROVIDER,
)
# What counts down of a rate that has no limit.
UNLIMITED = 10**12
_TAGS = {"team": "search", "environment": "production"}
_OWNER = "ada.lovelace@example.com"


def typical_key(key: ApiKey, **changes: Any) -> Scope:
    """Two tags, a monthly quota, three models; it has been used and edited."""
    quota = Quota(
        starts_at=datetime(2026, 11, 1, tzinfo=UTC),
        resets_at=datetime(2026, 12, 1, tzinfo=UTC),
        limit=Decimal(500),
        schedule=Schedule(Period.MONTH),
        allowance=Decimal(500),
        used=Decimal("127.193846"),
        available=Decimal("372.806154"),
    )
    return scope(
        key,
        budget_limit=None,
        used="312.483917",
        name="search-service (production)",
        quota=quota,
        created_at=AT - timedelta(days=90, seconds=1.719),
        updated_at=AT - timedelta(days=3, seconds=7.283),
        last_used_at=AT - timedelta(seconds=4.851),
        revision=4,
        max_parallel=100,
        allowed_models=frozenset({"gpt-5-mini-2025-08-07", MODEL, "claude-haiku-4-5"}),
        owner_email=_OWNER,
        tags=_TAGS,
        **changes,
    )


def busy_key(key: ApiKey, open_at_once: int, *, own: bool, parent_id: str | None = None) -> Scope:
    """The typical key, or one above it, while so many calls of this minute are open."""
    holds = {}
    for _ in range(open_at_once):
        call = typical_call(key)
        attempt = HoldAttempt(call.demand.max_claim(), AT_COST, AT)
        holds[call.request_id] = call.own_hold(attempt) if own else call.ancestors_hold(attempt)
    rates = {rate_limits.requests_name(AT): UNLIMITED - 3, rate_limits.tokens_name(AT): UNLIMITED - 58_785}
    return typical_key(key, parent_id=parent_id, holds=holds, rates=rates if holds else {})


def stored_size(scope: Scope) -> int:
    """Bytes of its item."""
    return item_sizes.size(item(scope_items.to_item(scope)))


def with_two_packs(key: Scope) -> Scope:
    """A key with a pack that was bought and one that was given, half drawn each."""
    bought = Pack(
        amount=Decimal(200),
        left=Decimal("104.372915"),
        priority=1,
        effective_at=datetime(2026, 11, 1, tzinfo=UTC),
        created_at=AT - timedelta(days=30, seconds=2.231),
        expires_at=datetime(2027, 11, 1, tzinfo=UTC),
    )
    given = replace(bought, amount=Decimal(50), left=Decimal("24.118302"), is_promotional=True)
    found = replace(key, packs={"pck_7h2kq9d4": bought, "pck_x81mz0ra": given}, changes_at=bought.expires_at)
    return packs.advanced(found, AT)


def metered(key: Scope, *, overage_limit: str | None = "250") -> Scope:
    """A key whose calls beyond its quota are metered."""
    quota = key.quota
    hybrid = replace(
        key,
        billing_mode=BillingMode.HYBRID,
        overage=Overage.METERED,
        overage_limit=None if overage_limit is None else Decimal(overage_limit),
        quota=replace(quota, included=quota.used),
    )
    return replace(hybrid, quota=hybrid.quota.with_available(Decimal(overage_limit or 0)))


def typical_call(key: ApiKey, at: datetime = AT) -> Admission:
    """Of 3,211 tokens at most and no limit on the output."""
    return admission(
        key,
        request_id=identifiers.request_id(at),
        model=MODEL,
        demand=Demand((PRICES,), prompt_tokens=3211, output_tokens=16_384, min_output_tokens=256),
        streamed=True,
        at=at,
        hold_until=at + timedelta(seconds=960),
    )


def typical_record(request_id: str, *scopes: ApiKey) -> LedgerRecord:
    """Of a stream with cached input and reasoning, which a first provider had refused."""
    refused = FailedAttempt(
        catalog.provider_id("claude at another cloud"),
        "claude-sonnet-4-5@20250929",
        "status",
        529,
        timedelta(milliseconds=312),
        NO_USAGE,
        PRICES.id,
        Decimal(0),
    )
    return record(
        request_id,
        key=scopes[0],
        model=MODEL,
        model_id=catalog.model_id(MODEL),
        remote_model="claude-sonnet-4-5-20250929",
        usage=USAGE,
        price_version=PRICES.id,
        breakdown=bill.price(USAGE, PRICES, AT),
        created_at=AT,
        completed_at=AT + timedelta(seconds=3.261),
        streamed=True,
        scopes=tuple(each.key_id for each in scopes),
        provider_request_id="req_011CSHoEeqs5C35K2UUqR7Fy",
        owner_email=_OWNER,
        tags=_TAGS,
        attempts=(refused,),
    )
