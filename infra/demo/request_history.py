"""Requests of the past as records: priced by the versions of their time, and summed as the rollup does."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from infra.demo.batches import put_all
from infra.demo.plan import company_plan
from tollgate import identifiers, money
from tollgate.aws.dynamodb import item
from tollgate.costs.cost_entry import fold
from tollgate.costs.store import cost_items
from tollgate.costs.store.cost_entries import entry_of
from tollgate.ledger.records import FailedAttempt, LedgerRecord, Outcome, RecordKind
from tollgate.ledger.store import record_items
from tollgate.pricing import bill, price_terms
from tollgate.pricing.bill import Breakdown
from tollgate.pricing.price_terms import PriceTerms
from tollgate.pricing.price_versions import in_force
from tollgate.pricing.usage import NO_USAGE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from infra.demo.traffic import Asked
    from tollgate.catalog.catalog import Model, Target
    from tollgate.ledger.scopes import Scope
    from tollgate.pricing.price_terms import Tariff
    from tollgate.pricing.price_versions import PriceVersion

_RETENTION = timedelta(days=400)
_DIGITS = 16
_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclass(frozen=True)
class Priced:
    """A request with what it cost. `provider_cost` is what the provider's price of it is, USD."""

    asked: Asked
    version: PriceVersion
    target: Target
    first: Target
    tariff: Tariff
    breakdown: Breakdown
    provider_cost: Decimal


def priced(asked: Asked, model: Model) -> Priced:
    targets = model.targets
    target = targets[asked.place % len(targets)]
    version = in_force(target.prices or model.prices, asked.at)
    if version is None:
        raise LookupError(f"{model.system_name} had no price on {asked.at}")
    tariff = price_terms.tariff(_terms(asked.key), asked.model, asked.at)
    if not asked.usage.tokens:
        return Priced(asked, version, target, targets[0], tariff, Breakdown(()), money.ZERO)
    at_cost = bill.price(asked.usage, version, asked.at)
    billed = tariff.billed(bill.price(asked.usage, version, asked.at, tariff.factor))
    return Priced(asked, version, target, targets[0], tariff, billed, at_cost.total)


def record_of(found: Priced, model: Model, chain: tuple[Scope, ...]) -> LedgerRecord:
    """`chain` is the key and all above it."""
    asked, key = found.asked, chain[0]
    is_abandoned = asked.outcome is Outcome.ABANDONED
    return LedgerRecord(
        request_id=_request_id(asked),
        key_id=key.key_id,
        kind=RecordKind.EMBEDDING if model.type == "embedding" else RecordKind.COMPLETION,
        outcome=asked.outcome,
        model=asked.model,
        model_id=model.id,
        provider_id=None if is_abandoned else found.target.provider_id,
        remote_model=None if is_abandoned else found.target.remote_id,
        usage=asked.usage,
        price_version=found.version.id,
        price_factor=found.tariff.factor,
        minimum_fee=found.tariff.minimum_fee,
        breakdown=found.breakdown,
        created_at=asked.at,
        completed_at=asked.at + asked.duration,
        http_status=asked.status,
        streamed=asked.streamed,
        scopes=tuple(scope.key_id for scope in chain),
        provider_request_id=None if is_abandoned else f"chatcmpl-{asked.random}",
        owner_email=key.owner_email,
        tags=key.tags,
        attempts=tuple(
            FailedAttempt(
                provider_id=found.first.provider_id,
                remote_model=found.first.remote_id,
                fault=failure.fault,
                http_status=failure.status,
                duration=failure.duration,
                usage=NO_USAGE,
                price_version=found.version.id,
                cost=money.ZERO,
            )
            for failure in asked.failures
        ),
        cost_centre=next((scope.cost_centre for scope in chain if scope.cost_centre), None),
        billing_mode=next((scope.billing_mode for scope in chain if scope.billing_mode), None),
        provider_cost=found.provider_cost,
        downgraded_from=asked.downgraded_from,
    )


def write(
    client: Any, usage_table: str, costs_table: str, records: Sequence[LedgerRecord], zone: tzinfo
) -> int:
    """Puts records and what they add up to; returns how many sums there are. Nobody else may add them."""
    stored = [item(record_items.to_item(record, _RETENTION)) for record in records]
    put_all(client, usage_table, stored)
    plain = [record_items.to_item(record, _RETENTION) for record in records]
    sums: dict[tuple[str, str], dict[str, Any]] = {}
    for aggregate, tally in fold(
        entry_of({name: value for name, value in each.items() if value is not None}, zone) for each in plain
    ).items():
        address = cost_items.address(aggregate)
        found = sums.setdefault(address, cost_items.key(*address))
        found |= {name: {"N": number} for name, number in cost_items.additions(aggregate, tally)}
    put_all(client, costs_table, list(sums.values()))
    return len(sums)


def _terms(key: str) -> list[PriceTerms]:
    """What the plan sets of how a key's requests are charged, from the key up."""
    settings = [company_plan.BY_NAME[name].settings for name in company_plan.lineage(key)]
    return [
        PriceTerms(
            factor=Decimal(each["priceFactor"]) if "priceFactor" in each else None,
            minimum_fee=Decimal(each["minimumFee"]) if "minimumFee" in each else None,
        )
        for each in settings
    ]


def _request_id(asked: Asked) -> str:
    number = int(asked.random, 16) ^ zlib.crc32(asked.key.encode())
    digits = "".join(_BASE32[number >> (5 * place) & 31] for place in reversed(range(_DIGITS)))
    return identifiers.first_request_id(asked.at) + digits
