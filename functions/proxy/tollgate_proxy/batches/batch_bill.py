"""What a batch has used and costs, added up from its results line by line."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tollgate import money
from tollgate.catalog import catalog
from tollgate.catalog.catalog import Model
from tollgate.ledger import plausibility
from tollgate.ledger.billing.billing_modes import BillingMode
from tollgate.ledger.plausibility import UsageBounds
from tollgate.ledger.records import LedgerRecord, Outcome, RecordKind
from tollgate.pricing import bill
from tollgate.pricing.bill import Breakdown, BreakdownLine
from tollgate.pricing.price_terms import Tariff
from tollgate.pricing.usage import TokenClass, Usage, UsageFlag, UsageSource
from tollgate_proxy.answers.answer_tallies import AnswerSource, AnswerTally
from tollgate_proxy.answers.metering import model_in
from tollgate_proxy.apis import registry
from tollgate_proxy.batches import batch_prices, batch_reading
from tollgate_proxy.options.candidate import Candidate
from tollgate_proxy.settlement import servings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

    from tollgate.catalog.catalog import Provider
    from tollgate.gateway_state.stored_batches import BatchCall, BatchCalls, StoredBatch
    from tollgate.ledger.admissions import ScopeHold
    from tollgate_proxy.apis.base import Api
    from tollgate_proxy.settlement.servings import Serving


class BatchBill:
    """Adds up the calls that were served, each once, and within what it may have used.

    With `is_held` a hard budget rests on what was held, and no call has used more than it may.
    """

    def __init__(self, batch: StoredBatch, calls: BatchCalls, provider: Provider, *, is_held: bool) -> None:
        self._batch, self._calls, self._provider, self._is_held = batch, calls, provider, is_held
        self._open = {each.name: each for each in calls.calls}
        self._tokens: Counter[TokenClass] = Counter()
        self._tools: Counter[str] = Counter()
        self._flags: set[UsageFlag] = set()
        self._estimated = False
        self._charged: defaultdict[tuple[str, Decimal], tuple[int, Decimal]] = defaultdict(
            lambda: (0, money.ZERO)
        )
        self._at_provider = money.ZERO
        self.served = 0

    def add(self, custom_id: Any, answer: Mapping[str, Any]) -> None:
        """Takes a call that was served; one that isn't the batch's, or was taken already, is passed over."""
        call = self._open.pop(batch_reading.name_of(custom_id), None) if isinstance(custom_id, str) else None
        if call is None:
            return
        serving = self._serving(call, answer)
        used, factor = serving.usage, self._batch.price_factor
        self.served += 1
        self._tokens.update(used.tokens)
        self._tools.update(used.tool_calls)
        self._flags |= used.flags
        self._estimated = self._estimated or used.source is UsageSource.ESTIMATED
        lines = self._priced(serving, factor).lines
        with money.exact():
            for line in lines:
                quantity, cost = self._charged[line.item, line.unit_price]
                self._charged[line.item, line.unit_price] = quantity + line.quantity, cost + line.cost
            self._at_provider += self._priced(serving, money.ONE).total

    def record(self, opened: tuple[ScopeHold, ...], at: datetime) -> LedgerRecord:
        """The batch's record; what holds for it still says whose it is."""
        batch = self._batch
        tariff = Tariff(batch.price_factor, batch.minimum_fee)
        charged = (
            BreakdownLine(item, quantity, unit_price, cost)
            for (item, unit_price), (quantity, cost) in sorted(self._charged.items())
        )
        breakdown = tariff.billed(Breakdown(tuple(charged)))
        scope = opened[0].scope if opened else None
        exceeds = any(breakdown.total > each.hold.held for each in opened if each.scope.has_hard_budget)
        return LedgerRecord(
            request_id=batch.request_id,
            key_id=batch.key_id,
            kind=RecordKind.BATCH,
            outcome=Outcome.SUCCEEDED if self.served else Outcome.FAILED,
            model=batch.model,
            model_id=self._model.id,
            provider_id=batch.provider_id,
            remote_model=batch.remote_id,
            usage=self._usage(),
            price_version=batch.price.id,
            price_factor=batch.price_factor,
            minimum_fee=batch.minimum_fee,
            breakdown=breakdown,
            created_at=batch.admitted_at,
            completed_at=at,
            http_status=200,
            streamed=False,
            scopes=batch.scopes,
            exceeds_hold=exceeds,
            provider_request_id=batch.batch_id,
            owner_email=scope.owner_email if scope else None,
            tags=scope.tags if scope else {},
            billing_mode=BillingMode(batch.billing_mode) if batch.billing_mode else None,
            cost_centre=batch.cost_centre,
            provider_cost=self._at_provider,
        )

    def _usage(self) -> Usage:
        return Usage(
            {each: count for each, count in self._tokens.items() if count},
            UsageSource.ESTIMATED if self._estimated else UsageSource.PROVIDER,
            tool_calls=dict(self._tools),
            service_tier=batch_prices.tier_of(self._batch.price) if self.served else None,
            flags=frozenset(self._flags),
        )

    def _serving(self, call: BatchCall, answer: Mapping[str, Any]) -> Serving:
        limits, price = self._calls.limits[call.limits], self._batch.price
        allowed = self._allowed(call)
        options = batch_prices.options_of(limits)
        used = self._used(answer, call, allowed)
        modes = batch_prices.modes_of(limits, price)
        candidate = Candidate(self._provider, self._batch.remote_id, price)
        return servings.serving_of(
            candidate,
            options,
            replace(used, service_tier=batch_prices.tier_of(price)),
            model_in(answer),
            self._batch.admitted_at,
            held_for=modes if self._is_held else None,
        )

    def _used(self, answer: Mapping[str, Any], call: BatchCall, allowed: UsageBounds) -> Usage:
        """What the provider reports, as far as it is believed.

        Of a prompt that it says nothing of, nobody knows more here than its bound.
        """
        source = AnswerSource(self._api, self._provider.vendor, self._batch.remote_id)
        tally = AnswerTally(source, {}, source.figures_of(answer))
        used = tally.usage(allowed, lambda: self._api.tokens_of(self._api.generated_in(answer)))
        if UsageFlag.PROMPT_ESTIMATED in used.flags or not used.prompt_tokens:
            output = {each: count for each, count in used.tokens.items() if each.is_output}
            used = replace(
                used,
                tokens={TokenClass.INPUT: call.prompt_tokens, **output},
                source=UsageSource.ESTIMATED,
                flags=used.flags | {UsageFlag.PROMPT_ESTIMATED},
            )
        return plausibility.capped(used, allowed)

    def _allowed(self, call: BatchCall) -> UsageBounds:
        limits = self._calls.limits[call.limits]
        limit = call.output_tokens if limits.limits_output else None
        demand = batch_prices.demand_of(call, limits, self._batch.price)
        # What a call may pass its bound by is little, and nothing of which a batch could have thousands.
        return UsageBounds.of(demand, self._model, limit, is_held=self._is_held).for_failed

    def _priced(self, serving: Serving, factor: Decimal) -> Breakdown:
        return bill.price(serving.usage, serving.price, self._batch.admitted_at, factor, serving.others)

    @cached_property
    def _api(self) -> Api:
        return next(each for each in registry.APIS if each.name == self._batch.api)

    @cached_property
    def _model(self) -> Model:
        """The model as it was when the batch was let in."""
        batch = self._batch
        return Model(
            id=catalog.model_id(batch.model),
            system_name=batch.model,
            provider_id=batch.provider_id,
            remote_id=batch.remote_id,
            type=self._api.model_type,
            prices=(batch.price,),
            created_at=batch.admitted_at,
            updated_at=batch.admitted_at,
            context_limit=batch.context_limit,
            output_limit=batch.output_limit,
        )
