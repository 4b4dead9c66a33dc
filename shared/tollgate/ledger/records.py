"""Ledger records: the one immutable account of an admitted request."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.pricing.price_versions import UNPRICED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta
    from decimal import Decimal

    from tollgate.ledger.billing.billing_modes import BillingMode
    from tollgate.pricing.bill import Breakdown
    from tollgate.pricing.usage import Usage


class RecordKind(StrEnum):
    COMPLETION = "completion"
    EMBEDDING = "embedding"
    IMAGE = "image"
    BATCH = "batch"


class Outcome(StrEnum):
    """How a request ended.

    `failed` is a request that the provider refused (nothing is charged), or whose response was cut off.
    `abandoned` is a request whose process died; the deployment's parameter AbandonedHolds says what it is
    charged.
    """

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """A try at a provider that didn't serve the request.

    `fault` is `status`, `unreachable`, `timeout`, `broken_off`, or `no_completion` for what looked like a
    success and was none; `http_status` is None without an answer.
    `cost`, USD, is what it is charged as, part of the record's bill.
    """

    provider_id: str
    remote_model: str
    fault: str
    http_status: int | None
    duration: timedelta
    usage: Usage
    price_version: str
    cost: Decimal


@dataclass(frozen=True, slots=True)
class PackDraw:
    """What a pack has paid of a request at its scope, USD."""

    scope_id: str
    pack_id: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class BillingParts:
    """How a hybrid billing scope bills what no pack of it has paid of a request.

    USD: what its quota includes, and what is metered beyond that, with the overage's factor.
    """

    scope_id: str
    included: Decimal
    metered: Decimal


@dataclass(frozen=True, slots=True)
class LedgerRecord:
    """What one admitted request came to.

    `created_at` is the moment of admission and decides the day that the cost belongs to.
    `http_status` is the provider's, None if it never answered. `breakdown` adds up to
    `calculated_cost`, USD. `price_factor` is the markup or discount that applied, which is within both, and
    `minimum_fee`, USD, the least that the request was to cost if it cost anything. `scopes`
    are the key and its ancestors then, all of which are charged. `exceeds_hold` flags a cost above what was
    held. Which provider served an abandoned request is not known. `attempts` are those that failed before
    another target of the model was asked, in their order.

    `pack_draws` are what packs have paid, scope by scope in the order of their use: the rest of the cost
    counts against the scope's quota and budget. `billing` splits that rest of the billing scope, the nearest
    from the key up that sets a `billing_mode`, and is None unless that is hybrid. `provider_cost` is the
    provider's price of all that is charged, USD, None for what the calculated cost is. `downgraded_from` is
    the model that was asked for, where a policy had another one serve the request. `session_id` is the
    client's own name of what the request is part of, if it has told one, and `trace` the trace that it was
    made from, as `trace_context` keeps it. `fallback_from` is the model that failed before `model` was asked
    instead, and `fallback_reason` how: as an attempt's `fault`, or `context_length` where the request was too
    long for it.
    """

    request_id: str
    key_id: str
    kind: RecordKind
    outcome: Outcome
    model: str
    model_id: str
    provider_id: str | None
    remote_model: str | None
    usage: Usage
    price_version: str
    price_factor: Decimal
    breakdown: Breakdown
    created_at: datetime
    completed_at: datetime
    http_status: int | None
    streamed: bool
    scopes: tuple[str, ...]
    exceeds_hold: bool = False
    provider_request_id: str | None = None
    owner_email: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    attempts: tuple[FailedAttempt, ...] = ()
    pack_draws: tuple[PackDraw, ...] = ()
    billing: BillingParts | None = None
    billing_mode: BillingMode | None = None
    cost_centre: str | None = None
    provider_cost: Decimal | None = None
    downgraded_from: str | None = None
    session_id: str | None = None
    trace: str | None = None
    fallback_from: str | None = None
    fallback_reason: str | None = None
    minimum_fee: Decimal = money.ZERO

    @property
    def is_charged(self) -> bool:
        """Whether there is a bill, if only over zero: a provider's refusal has none."""
        return bool(self.breakdown.lines)

    @property
    def is_priced(self) -> bool:
        return self.price_version != UNPRICED.id

    @property
    def calculated_cost(self) -> Decimal:
        return self.breakdown.total

    @property
    def cost_at_provider(self) -> Decimal:
        """The provider's price of all that is charged, USD."""
        return self.calculated_cost if self.provider_cost is None else self.provider_cost
