"""Of admissions, settlements and sweeps."""

from __future__ import annotations

from tests.mutants.mutant import ADMISSION, WRITES, Mutant

TABLE = "shared/tollgate/ledger/store/hold_table.py"
MEMORY = "shared/tollgate/ledger/store/admission_memory.py"
TERMS = "shared/tollgate/pricing/price_terms.py"
SWEEP = "shared/tollgate/ledger/store/sweep.py"
RECORDS = "shared/tollgate/ledger/store/record_table.py"
_SOFT_OR_AVAILABLE = "(enforcement = :soft OR {}_available >= :amount)"
_LEFT = "((attribute_not_exists(rates.#{0}) AND {1} >= :{2}) OR rates.#{0} >= :{2})"
# How a hold that is closed is told from others of its request, and what is too little for that.
BY_ITS_AMOUNT = (
    """    update.value(":held", hold_items.stored_form(change.seen.holds, request_id))
    update.require("holds.#request = :held")
""",
    """    update.value(":held", change.hold.amount)
    update.require("holds.#request[0] = :held")
""",
)
LEDGER_MUTANTS = [
    Mutant("admits a wrong secret", WRITES, "(secret_hash = :secret_hash", "(:secret_hash = :secret_hash"),
    Mutant(
        "admits old secrets for ever",
        WRITES,
        "old_secrets.#secret > :now",
        "attribute_exists(old_secrets.#secret)",
    ),
    Mutant("forgets old secrets", WRITES, "old_secrets.#secret > :now", "old_secrets.#secret = :now"),
    Mutant(
        "trusts the terms that it remembers",
        ADMISSION,
        "if self._tariff() == attempt.tariff or not",
        "if attempt.tariff is not None or not",
    ),
    Mutant(
        "never looks at the terms of what let it in",
        ADMISSION,
        "            self._at_present_terms(attempt)\n            scope_id",
        "            scope_id",
    ),
    Mutant(
        "refuses at terms that it has not looked up",
        ADMISSION,
        "                self._see_all()\n                following",
        "                following",
    ),
    Mutant("starts over at the same moment", ADMISSION, "max(moments) + _TICK", "max(moments)"),
    Mutant(
        "starts over on what stays open",
        ADMISSION,
        "            raise failures[0]\n        moments",
        "            failures.clear()\n        moments",
    ),
    Mutant(
        "inherits what a key has itself",
        TERMS,
        "        if factor is None:\n            factor = terms",
        "        if factor is None or terms.factor is not None:\n            factor = terms",
    ),
    Mutant(
        "holds less than a minimum fee",
        TERMS,
        "        charged = self.charged(cost)\n",
        "        charged = cost\n",
    ),
    Mutant(
        "holds no more for what may be metered",
        TERMS,
        "return money.product_at_least(charged, self.overage) if",
        "return charged if",
    ),
    Mutant(
        "admits revoked keys",
        WRITES,
        '"#status = :active"',
        '"(#status = :active OR attribute_exists(key_id))"',
    ),
    Mutant(
        "admits expired keys",
        WRITES,
        "OR expires_at > :now)",
        "OR expires_at > :now OR attribute_exists(key_id))",
    ),
    Mutant(
        "admits any model",
        WRITES,
        "OR ({allowed}))",
        "OR ({allowed}) OR attribute_exists(key_id))",
    ),
    Mutant(
        "admits models of any safety level",
        WRITES,
        "OR safety_level >= :safety)",
        "OR :safety >= :safety)",
    ),
    Mutant("opens a hold twice", WRITES, '"attribute_not_exists(holds.#request)", "attribute', '"attribute'),
    Mutant("forgets that a request is closed", WRITES, ', "attribute_not_exists(closed.#request)")', ",)"),
    Mutant("counts in a window that has not begun", WRITES, '"quota_starts_at <= :at"', '":at = :at"'),
    Mutant("counts in a window that is over", WRITES, '"quota_resets_at > :at"', '":at = :at"'),
    Mutant(
        "ignores what is used of a budget",
        WRITES,
        "budget_used < budget_limit",
        "attribute_exists(budget_used)",
    ),
    Mutant(
        "takes hard budgets for soft ones",
        WRITES,
        _SOFT_OR_AVAILABLE.format("budget"),
        "(enforcement = :soft OR attribute_exists(key_id))",
    ),
    Mutant(
        "ignores what is used of a quota",
        WRITES,
        "quota_used < quota_allowance",
        "attribute_exists(quota_used)",
    ),
    Mutant(
        "takes hard quotas for soft ones",
        WRITES,
        _SOFT_OR_AVAILABLE.format("quota"),
        "(enforcement = :soft OR attribute_exists(key_id))",
    ),
    Mutant(
        "ignores requests a minute",
        WRITES,
        _LEFT.format("requests", "rpm_limit", "one"),
        "attribute_exists(rpm_limit)",
    ),
    Mutant(
        "ignores tokens a minute",
        WRITES,
        _LEFT.format("tokens", "tpm_limit", "tokens"),
        "attribute_exists(tpm_limit)",
    ),
    Mutant(
        "ignores parallel requests", WRITES, "size(holds) < max_parallel", "attribute_exists(max_parallel)"
    ),
    Mutant(
        "closes what is not open",
        WRITES,
        'update.require("holds.#request = :held")',
        'update.require(":held = :held")',
    ),
    Mutant("closes what was opened since", WRITES, *BY_ITS_AMOUNT),
    Mutant(
        "settles in whatever window there is",
        WRITES,
        '    update.require_as_seen("quota_starts_at", epoch(change.seen.quota.starts_at))\n',
        "",
    ),
    Mutant(
        "carries over what another has corrected",
        WRITES,
        "            update.require_as_seen(attribute, old[attribute])\n            update.put",
        "            update.put",
    ),
    Mutant(
        "drops counts of a limit that was set",
        WRITES,
        "        update.require_as_seen(limit, UNLIMITED)\n",
        "        pass\n",
    ),
    Mutant("blocks over an open hold", WRITES, ', "attribute_not_exists(holds.#request)")', ")"),
    Mutant("forgets a closed request too early", WRITES, '"closed.#request <= :now"', '":now = :now"'),
    Mutant(
        "records a request twice",
        RECORDS,
        '"attribute_not_exists(request_id)"',
        '"attribute_not_exists(nothing)"',
    ),
    Mutant(
        "takes a roll-over along to the parent",
        ADMISSION,
        "attempt.further_up(holding.scope, own=not self.opened)",
        "attempt",
    ),
    Mutant(
        "never blocks a duplicate of what it refuses",
        ADMISSION,
        "if in_doubt or not (is_switch or isinstance(error, RefusedError)):",
        "if not (is_switch or isinstance(error, RefusedError)):",
    ),
    Mutant(
        "never blocks a duplicate of what it settles",
        TABLE,
        "DUPLICATES_ARRIVE_WITHIN if opened.in_doubt",
        "DUPLICATES_ARRIVE_WITHIN if not opened",
    ),
    Mutant(
        "leaves what it opened before a refusal",
        ADMISSION,
        "self._close_ahead(*self.opened[1:]) or",
        "self._close_ahead() or",
    ),
    Mutant(
        "leaves what it opened ahead of a refusal",
        ADMISSION,
        "*(each for each in ahead.values() if isinstance(each, ScopeHold)), *also",
        "*also",
    ),
    Mutant(
        "forgets what may be open ahead of a refusal",
        ADMISSION,
        "(failure := self._void(scope_id)) is not None",
        "scope_id is None",
    ),
    Mutant(
        "takes who was an ancestor for one",
        ADMISSION,
        "scope_id = holding.scope.parent_id",
        "scope_id = next(iter(self.ahead), holding.scope.parent_id)",
    ),
    Mutant(
        "lets in what an ancestor of old still holds",
        ADMISSION,
        "        if failures:\n            raise failures[0]\n",
        "",
    ),
    Mutant(
        "gives up a closing that meets another write",
        TABLE,
        "        blocks_until = _blocks_until(opened, self.now)\n",
        "        return opened.scope\n",
    ),
    Mutant(
        "charges who was only taken for an ancestor",
        SWEEP,
        "            if below.parent_id is None:\n                return False\n",
        "            if below.parent_id is None:\n                return True\n",
    ),
    Mutant(
        "charges what never got through",
        SWEEP,
        "AbandonedPolicy.RELEASE if chain.is_broken else self.policy",
        "self.policy",
    ),
    Mutant("forgives a moved key's requests", SWEEP, "elif not has_moved:", "else:"),
    Mutant(
        "takes an ancestor's hold for a refusal",
        SWEEP,
        "return recorded or NOTHING, False",
        "return NOTHING, False",
    ),
    Mutant(
        "takes who holds a request for an ancestor ahead",
        MEMORY,
        "scope_id in (*below, *chain)",
        "scope_id in chain",
    ),
    Mutant(
        "forgets doubts in the midst of a deletion",
        TABLE,
        "written._replace(retried=True) if retried else written",
        "written",
    ),
    Mutant("charges more than the least hold", SWEEP, "min(amount, held.held)", "amount"),
]
