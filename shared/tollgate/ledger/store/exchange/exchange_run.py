"""One exchange of holds on its way: from the root down, and on the request's key last.

All are read, and asked, before the first of them is written, so that what one refuses changes no hold of the
others. As long as not all are written, the request's key says that it is the other model's. Nothing is taken
back where one of them has changed its mind by then: each hold, old or new, is enough for what the request has
cost, and whoever goes on from there, with a third model or a settlement, finds what is held.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass
from tollgate.ledger import refusal_messages
from tollgate.ledger.admissions import AdmittedRequest, HoldAttempt, NotExchangedError, ScopeHold
from tollgate.ledger.store.exchange import exchange_writes, hold_exchanges
from tollgate.pricing import price_terms

if TYPE_CHECKING:
    from tollgate.ledger.admissions import Admission
    from tollgate.ledger.claims import Claim
    from tollgate.ledger.scopes import Scope
    from tollgate.ledger.store.exchange.hold_exchanges import HoldExchange
    from tollgate.ledger.store.hold_table import HoldTable

# Each try after the first answers to a change that someone else made in between.
_TRIES = 30


@dataclass(frozen=True, slots=True)
class ExchangeRun:
    """`admission` is what the request asks for now, `admitted` how it was let in before."""

    holds: HoldTable
    admission: Admission
    admitted: AdmittedRequest

    def exchange(self) -> AdmittedRequest:
        """Raises `NotExchangedError`."""
        opened = list(self.admitted.opened)
        tariff = price_terms.tariff(
            (each.scope.price_terms for each in opened), self.admission.model, self.admitted.at
        )
        claim = self.admission.demand.max_claim(tariff)
        attempt = HoldAttempt(claim, tariff, self.admitted.at, self.admitted.scope.priority)
        try:
            seen = [self.holds.get(each.scope.key_id) for each in opened]
            for place, scope in reversed(list(enumerate(seen))):
                change = self._change(scope, attempt, own=place == 0)
                attempt = replace(attempt, claim=change.attempt.claim)
            for place in reversed(range(len(opened))):
                opened[place], claim = self._exchanged(opened[place], seen[place], attempt, own=place == 0)
                # None of them holds less than what the last one lets in.
                attempt = replace(attempt, claim=claim)
        except Exception as error:
            raise NotExchangedError(replace(self.admitted, opened=tuple(opened))) from error
        return AdmittedRequest(self.admitted.request_id, tuple(opened), claim, tariff)

    def _change(self, scope: Scope | None, attempt: HoldAttempt, *, own: bool) -> HoldExchange:
        """What a scope makes of it; raises `RefusedError`."""
        if scope is None:
            raise refusal_messages.invalid_key() if own else refusal_messages.parent_gone()
        return hold_exchanges.exchange(scope, self.admission, attempt, own=own)

    def _exchanged(
        self, opened: ScopeHold, scope: Scope | None, attempt: HoldAttempt, *, own: bool
    ) -> tuple[ScopeHold, Claim]:
        """The hold in the old one's place, and what it lets the request claim."""
        request_id, scope_id = self.admission.request_id, opened.scope.key_id
        for _ in range(_TRIES):
            change = self._change(scope, attempt, own=own)
            scope = self.holds.rewrite(
                exchange_writes.exchanging(self.holds.table, self.admission, change, self.holds.form, own=own)
            )
            # Also where the answer to an earlier try at the same write was lost.
            if scope is not None and scope.holds.get(request_id) == change.new:
                return ScopeHold(scope, change.new, opened.in_doubt), change.attempt.claim
        message = f"{scope_id} did not exchange the hold of {request_id}, yet nothing in its item refuses it."
        raise RuntimeError(message)
