"""Domain objects with everything filled in, for tests to vary."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tollgate import api_keys, catalog, identifiers, money
from tollgate.catalog import Model, ModelType, Provider, ProviderType
from tollgate.pricing import PriceVersion, Usage, UsageSource
from tollgate.records import LedgerRecord, Outcome, RecordKind
from tollgate.scopes import Admission, Enforcement, KeyStatus, Scope

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
        holds={},
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(made, **changes)


def admission(key: api_keys.ApiKey = KEY, **changes: Any) -> Admission:
    made = Admission(
        request_id=identifiers.request_id(NOW),
        key_id=key.key_id,
        secret_hash=key.secret_hash,
        model="small",
        is_free=False,
        at=NOW,
        hold_until=NOW + timedelta(minutes=2),
    )
    return replace(made, **changes)


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
        usage=Usage(1000, 200, UsageSource.PROVIDER),
        price_version="mdl_small:1",
        calculated_cost=Decimal(cost),
        created_at=NOW,
        completed_at=NOW + timedelta(seconds=1),
        http_status=200,
        streamed=False,
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


def model(
    name: str = "small", *, input_price: str | None = "0.15", output_price: str | None = "0.6", **changes: Any
) -> Model:
    version = PriceVersion(
        id=f"{catalog.model_id(name)}:1",
        input_price=None if input_price is None else Decimal(input_price),
        output_price=None if output_price is None else Decimal(output_price),
        effective_at=NOW,
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
