"""Domain objects with everything filled in, for tests to vary."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tollgate import identifiers, money
from tollgate.catalog import catalog
from tollgate.catalog.catalog import Model, ModelType, Provider, ProviderType
from tollgate.keys import api_keys
from tollgate.ledger.admissions import Admission, AdmittedRequest, ScopeHold
from tollgate.ledger.billing.packs import Pack
from tollgate.ledger.claims import Claim, Demand
from tollgate.ledger.holds import Hold
from tollgate.ledger.quotas import Quota
from tollgate.ledger.records import LedgerRecord, Outcome, RecordKind
from tollgate.ledger.scopes import Enforcement, KeyStatus, Scope
from tollgate.pricing.bill import Breakdown, BreakdownLine
from tollgate.pricing.price_versions import PriceVersion
from tollgate.pricing.usage import TokenClass, Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2026, 3, 14, 15, 9, 26, 535000, tzinfo=UTC)
KEY = api_keys.ApiKey(key_id="key_0123456789abcdef", secret="S" * 32)


def scope(
    key: api_keys.ApiKey = KEY, *, budget_limit: str | None = "10", used: str = "0", **changes: Any
) -> Scope:
    limit = None if budget_limit is None else Decimal(budget_limit)
    made = Scope(
        key_id=key.key_id,
        name="a key",
        secret_hash=key.secret_hash,
        status=KeyStatus.ACTIVE,
        enforcement=Enforcement.SOFT,
        budget_limit=limit,
        budget_used=Decimal(used),
        budget_available=(limit or money.ZERO) - Decimal(used),
        quota=Quota(starts_at=NOW - timedelta(days=1)),
        holds={},
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(made, **changes)


def hold(amount: str = "0.5", **changes: Any) -> Hold:
    return replace(Hold(Decimal(amount), 100, NOW, NOW + timedelta(minutes=2)), **changes)


def pack(amount: str = "1", *, left: str | None = None, **changes: Any) -> Pack:
    """A pack in effect, of all models unless it is given `models`."""
    rest = Decimal(amount if left is None else left)
    made = Pack(Decimal(amount), rest, 1, NOW - timedelta(days=1), NOW - timedelta(days=1))
    free = rest if "models" in changes else None
    return replace(made, **{"free": free, **changes})


def admitted(*scopes: Scope, output_tokens: int = 1000, amount: str = "0.5") -> AdmittedRequest:
    """A request that its key and ancestors, `scopes`, have let in."""
    opened = tuple(ScopeHold(each, hold(amount)) for each in scopes or (scope(),))
    return AdmittedRequest("req_1", opened, Claim(Decimal(amount), 100 + output_tokens, output_tokens))


def demand(cost: str = "1", *, least: str | None = None, **changes: Any) -> Demand:
    """What costs `cost` USD at most, and can be cut down to `least`: a USD for 1,000 output tokens."""
    most = int(Decimal(cost) * 1000)
    made = Demand(
        prices=(price_version({TokenClass.INPUT: "0", TokenClass.OUTPUT: "1000"}),),
        prompt_tokens=100,
        output_tokens=most,
        min_output_tokens=most if least is None else int(Decimal(least) * 1000),
    )
    return replace(made, **changes)


def admission(key: api_keys.ApiKey = KEY, *, cost: str = "1", **changes: Any) -> Admission:
    made = Admission(
        request_id=identifiers.request_id(NOW),
        key_id=key.key_id,
        secret_hash=key.secret_hash,
        model="small",
        safety_level=0,
        kind=RecordKind.COMPLETION,
        demand=demand(cost),
        is_free=False,
        streamed=False,
        at=NOW,
        hold_until=NOW + timedelta(minutes=2),
    )
    return replace(made, **changes)


def bill(cost: str) -> Breakdown:
    """A bill of one line."""
    return Breakdown((BreakdownLine("request", 1, Decimal(cost), Decimal(cost)),))


def record(
    request_id: str, *, key: api_keys.ApiKey = KEY, cost: str = "0.25", **changes: Any
) -> LedgerRecord:
    made = LedgerRecord(
        request_id=request_id,
        key_id=key.key_id,
        kind=RecordKind.COMPLETION,
        outcome=Outcome.SUCCEEDED,
        model="small",
        model_id=catalog.model_id("small"),
        provider_id=catalog.provider_id("mock"),
        remote_model="small-2026",
        usage=Usage.of(1000, 200),
        price_version="mdl_small:1",
        price_factor=money.ONE,
        breakdown=bill(cost),
        created_at=NOW,
        completed_at=NOW + timedelta(seconds=1),
        http_status=200,
        streamed=False,
        scopes=(key.key_id,),
    )
    return replace(made, **changes)


def provider(base_url: str = "https://api.example.com/v1", **changes: Any) -> Provider:
    made = Provider(
        id=catalog.provider_id("mock"),
        name="mock",
        type=ProviderType.OPENAI,
        base_url=base_url,
        credential_version=1,
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(made, **changes)


def price_version(rates: Mapping[TokenClass, str], **changes: Any) -> PriceVersion:
    """Rates in USD per 1M tokens, in force since `NOW`."""
    exact = {token_class: Decimal(rate) for token_class, rate in rates.items()}
    return replace(PriceVersion("mdl_small:1", NOW, exact), **changes)


def model(
    name: str = "small", *, input_price: str | None = "0.15", output_price: str | None = "0.6", **changes: Any
) -> Model:
    rates = {TokenClass.INPUT: input_price, TokenClass.OUTPUT: output_price}
    version = price_version(
        {token_class: price for token_class, price in rates.items() if price is not None},
        id=f"{catalog.model_id(name)}:1",
    )
    made = Model(
        id=catalog.model_id(name),
        system_name=name,
        provider_id=catalog.provider_id("mock"),
        remote_id=name,
        type=ModelType.CHAT,
        prices=(version,),
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(made, **changes)
