"""Moves of the ledger's state machine that have another model serve a request: exchanges of holds."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.support.builders import admission, demand, price_version
from tests.support.faults import KilledError
from tests.support.ledger_model import HOLDS_FOR
from tollgate.ledger.admissions import AdmittedRequest, NotExchangedError
from tollgate.pricing.usage import TokenClass
from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from tests.support.ledger_model import Model, ModelRequest
    from tests.support.ledger_world import LedgerWorld
    from tollgate.keys.api_keys import ApiKey

# At a cent for each token of output: a request asks for as many tokens altogether as before.
PRICE = price_version({TokenClass.INPUT: "0", TokenClass.OUTPUT: "10000"})
ANOTHERS_CENTS = st.integers(1, 100)
EXHAUSTED = {"budget_exhausted", "quota_exhausted"}


class ExchangeMoves:
    ledgers: LedgerWorld
    model: Model
    keys: dict[str, ApiKey]
    now: datetime

    def exchange_holds(self, client: Any, admitted: AdmittedRequest, cents: int) -> AdmittedRequest:
        """What the request goes on with, as the model says that it must."""
        request = self.model.requests[admitted.request_id]
        expected = self._exchanged(request, admitted, Decimal(cents) / 100)
        ledger = replace(self.ledgers.ledger, client=client)
        try:
            admitted = ledger.exchange(admitted, self._of_another_model(admitted, cents))
        except NotExchangedError as error:
            refused = error.__cause__
            assert isinstance(refused, RefusedError), refused
            of_parent = refused.reason is Reason.PARENT_BUDGET_EXHAUSTED
            assert expected in EXHAUSTED if of_parent else expected == refused.reason
            return error.admitted
        assert expected is None
        return admitted

    def die_while_exchanging(self, mortal: Any, admitted: AdmittedRequest, cents: int) -> None:
        request = self.model.requests[admitted.request_id]
        ledger = replace(self.ledgers.ledger, client=mortal)
        with contextlib.suppress(KilledError, NotExchangedError):
            ledger.exchange(admitted, self._of_another_model(admitted, cents))
        for name in request.open:
            hold = self.ledgers.scope(self.keys[name]).holds[request.id]
            if hold.expires_at > request.expires_at(name):
                request.exchanged.setdefault(name, []).append(hold.amount)
                assert hold.expires_at == request.expires_at(name)

    def _of_another_model(self, admitted: AdmittedRequest, cents: int) -> Any:
        key = next(key for key in self.keys.values() if key.key_id == admitted.scope.key_id)
        tokens = self.model.requests[admitted.request_id].tokens
        asked = demand(
            prices=(PRICE,), prompt_tokens=tokens - cents, output_tokens=cents, min_output_tokens=cents
        )
        return admission(
            key, request_id=admitted.request_id, demand=asked, at=self.now, hold_until=self.now + HOLDS_FOR
        )

    def _exchanged(self, request: ModelRequest, admitted: AdmittedRequest, cost: Decimal) -> str | None:
        """Exchanges the holds of the model, unless a scope refuses that, the first one from the root down."""
        factors = [each.scope.price_factor for each in admitted.opened]
        amount = cost * next((each for each in factors if each is not None), Decimal(1))
        exchanged: dict[str, Decimal] = {}
        names = {key.key_id: name for name, key in self.keys.items()}
        for key_id in reversed(admitted.scope_ids):
            scope = self.model.scopes[names[key_id]]
            # As it is stored: who reads keys is shown what time has made of them.
            seen = self.ledgers.ledger.holds.get(key_id)
            assert seen is not None
            hold = seen.holds.get(request.id)
            if hold is None or hold.parts is not None:
                return "budget_held"
            if seen.advanced(self.now) is not seen or hold.at < seen.quota.starts_at:
                # What time alone has changed gives no more.
                refused = self.model.out_of_force(scope, self.now)
                if refused is None and amount > request.held_at(scope.name):
                    refused = "budget_held"
                held = request.held_at(scope.name)
            else:
                refused = self.model.exchange_refusal(scope, request, amount, self.now)
                held = amount
            if refused is not None:
                return refused
            exchanged[scope.name] = held
        for name, held in exchanged.items():
            request.exchanged.setdefault(name, []).append(held)
        return None
