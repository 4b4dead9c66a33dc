"""Of exchanges of holds."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

DECISIONS = "shared/tollgate/ledger/store/exchange/hold_exchanges.py"
WRITE = "shared/tollgate/ledger/store/exchange/exchange_writes.py"
RUN = "shared/tollgate/ledger/store/exchange/exchange_run.py"
CLAIMS = "shared/tollgate/ledger/claims.py"
RESERVED = "shared/tollgate/ledger/store/billing/reservation_writes.py"
EXCHANGED = ("tests/integration/ledger/test_hold_exchange.py",)
EXCHANGE_MUTANTS = [
    Mutant(
        "exchanges what isn't held",
        WRITE,
        'update.require("holds.#request = :held")',
        'update.require("attribute_exists(key_id) OR holds.#request = :held")',
        EXCHANGED,
    ),
    Mutant(
        "takes all of the new hold",
        WRITE,
        "money.difference(new.amount, old.amount))",
        "new.amount)",
        EXCHANGED,
    ),
    Mutant("counts tokens twice", WRITE, "new.tokens - old.tokens", "new.tokens", EXCHANGED),
    Mutant(
        "exchanges whatever the budgets are",
        WRITE,
        "        hold_writes.require_budgets(update, change.attempt)",
        "        pass",
        EXCHANGED,
    ),
    Mutant(
        "keeps what is reserved of packs",
        WRITE,
        "        reservation_writes.exchange(update, seen, old, new)\n",
        "        pass\n",
        EXCHANGED,
    ),
    Mutant(
        "reckons its own hold among what is kept", WRITE, "freed=old.amount", "freed=money.ZERO", EXCHANGED
    ),
    Mutant("makes holds that are alike", DECISIONS, "old.expires_at + _TICK", "old.expires_at", EXCHANGED),
    Mutant(
        "gives more of what time has changed",
        DECISIONS,
        "    if _has_changed(scope, old, admission.at):\n",
        "    if old.at > admission.at:\n",
        EXCHANGED,
    ),
    Mutant(
        "needs room for both models",
        DECISIONS,
        "decide.reconsider(_without(scope, admission.request_id, old), admission",
        "decide.reconsider(scope, admission",
        EXCHANGED,
    ),
    Mutant(
        "counts a request of the minute twice",
        DECISIONS,
        "rate_limits.requests_name(hold.at): 1,",
        "rate_limits.requests_name(hold.at): 0,",
        EXCHANGED,
    ),
    Mutant(
        "exchanges the key's own hold first",
        RUN,
        "for place in reversed(range",
        "for place in (range",
        EXCHANGED,
    ),
    Mutant(
        "forgets what others are cut to", RUN, "attempt = replace(attempt, claim=claim)", "pass", EXCHANGED
    ),
    Mutant(
        "takes a write whose answer is lost for a refusal",
        RUN,
        "scope.holds.get(request_id) == change.new",
        "scope.revision < 0",
        EXCHANGED,
    ),
    Mutant(
        "holds nothing for what was spent", CLAIMS, "return [self.spent, *lost,", "return [*lost,", EXCHANGED
    ),
    Mutant(
        "reserves twice of packs",
        RESERVED,
        "    _reserve(update, grown)\n",
        "    _reserve(update, new.reserved)\n",
        EXCHANGED,
    ),
]
