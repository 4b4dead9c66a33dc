"""Takes conditions out of the ledger, one at a time, and sees whether its tests notice.

Run it by `make mutants`. Each mutant is a copy of the tree with one piece of text changed. The
state machine is tried first; what it does not find, the other tests of the ledger must.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
WRITES = "shared/tollgate/ledger/store/hold_writes.py"
RESERVES = "shared/tollgate/ledger/store/policies/policy_writes.py"
STEPS = "shared/tollgate/ledger/policies/automatic_increase.py"
ADVANCES = "shared/tollgate/ledger/store/policies/advance_writes.py"
TABLE = "shared/tollgate/ledger/store/hold_table.py"
ADMISSION = "shared/tollgate/ledger/store/admission_run.py"
MEMORY = "shared/tollgate/ledger/store/admission_memory.py"
TERMS = "shared/tollgate/pricing/price_terms.py"
SWEEP = "shared/tollgate/ledger/store/sweep.py"
DOWNGRADES = "shared/tollgate/ledger/policies/downgrades.py"
LATCH = "shared/tollgate/ledger/store/policies/downgrade_writes.py"
CONVERSATIONS = "shared/tollgate/gateway_state/store/conversations_table.py"
RECORDS = "shared/tollgate/ledger/store/record_table.py"
COST_ENTRY, COST_ENTRIES, MARKED, BILL, BILL_VIEWS, COST_SUMS, FOCUS, FOCUS_COLUMNS = (
    "shared/tollgate/costs/cost_entry.py",
    "shared/tollgate/costs/store/cost_entries.py",
    "shared/tollgate/costs/store/marked_records.py",
    "functions/admin/tollgate_admin/costs/monthly_bill.py",
    "functions/admin/tollgate_admin/costs/bill_views.py",
    "functions/admin/tollgate_admin/costs/cost_sums.py",
    "functions/admin/tollgate_admin/costs/focus_charges.py",
    "functions/admin/tollgate_admin/costs/focus_columns.py",
)
COST_TESTS = (
    "tests/unit/costs/test_costs.py",
    "tests/unit/costs/test_rollup_handler.py",
    "tests/unit/costs/test_focus_export.py",
    "tests/unit/costs/test_cost_queries_agree.py",
    "tests/integration/costs/test_marked_records.py",
    "tests/integration/admin/test_admin_charges.py",
)
ASSIGNING = "shared/tollgate/ledger/store/billing/assignment_writes.py"
ASSIGNMENT = "shared/tollgate/ledger/store/billing/assignment_run.py"
PACKS = "shared/tollgate/ledger/store/billing/pack_writes.py"
RESERVING = "shared/tollgate/ledger/store/billing/reservation_writes.py"
SETTLEMENTS = "shared/tollgate/ledger/settlements.py"
PACK_ADDITIONS = "shared/tollgate/keys/store/resource_packs.py"
PACK_EDITS = "shared/tollgate/keys/store/pack_edit_writes.py"
PACK_TESTS = (
    "tests/integration/keys/test_resource_packs.py",
    "tests/integration/keys/test_resource_pack_faults.py",
    "tests/integration/ledger/billing/test_packs_edited.py",
)
_EVENTS = "shared/tollgate/alerts/events"
PACK_EVENTS, METERING = f"{_EVENTS}/pack_events.py", f"{_EVENTS}/metering_events.py"
DOWNGRADING, RAISES = f"{_EVENTS}/downgrade_events.py", f"{_EVENTS}/raise_events.py"
EVENT_TESTS = ("tests/unit/alerts/test_key_events.py", "tests/integration/alerts/test_event_alerts.py")
MACHINE = ["tests/integration/ledger/test_ledger_machine.py"]
OTHERS = [
    "tests/integration/ledger/test_ledger.py",
    "tests/integration/ledger/test_ledger_tree.py",
    "tests/integration/ledger/test_ledger_faults.py",
    "tests/integration/ledger/test_ledger_windows.py",
    "tests/integration/ledger/test_scattered_writes.py",
    "tests/integration/ledger/test_terms_at_admission.py",
    "tests/integration/keys/test_rotations.py",
]
TIGHT = (
    "tests/unit/ledger/test_downgrades.py",
    "tests/integration/ledger/test_downgrade_latch.py",
)
SWITCHED = ("tests/integration/gateway/test_gateway_downgrades.py",)
RAISED = ("tests/integration/policies/test_temporary_limits.py",)
RESERVED = ("tests/integration/policies/test_priority_reserves.py",)
INCREASED = ("tests/integration/policies/test_automatic_increases.py",)
SECONDS = 900
PAYING = (
    "tests/integration/ledger/billing/test_packs.py",
    "tests/integration/ledger/billing/test_hybrid_billing.py",
)
REQUESTS = "shared/tollgate/budget_requests/budget_requests.py"
DECISIONS = "shared/tollgate/budget_requests/store/request_decisions.py"
ASKING = "functions/admin/tollgate_admin/budget_requests/asking.py"
OWN_REQUESTS = "functions/admin/tollgate_admin/self_service/own_budget_requests.py"
GRANTS = "functions/alerts/tollgate_alerts/granted_limits.py"
RULES_OF_REQUESTS = ("tests/unit/budget_requests/test_budget_requests.py",)
FLOW_OF_REQUESTS = ("tests/integration/budget_requests/test_budget_request_flow.py",)
FAULTS_OF_REQUESTS = ("tests/integration/budget_requests/test_budget_request_faults.py",)
GRANTED_LIMITS = ("tests/integration/alerts/test_granted_limits.py",)


class Mutant(NamedTuple):
    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = ()
    """Those that are to notice it, if they aren't the ledger's."""


_SOFT_OR_AVAILABLE = "(enforcement = :soft OR {}_available >= :amount)"
_LEFT = "((attribute_not_exists(rates.#{0}) AND {1} >= :{2}) OR rates.#{0} >= :{2})"
MUTANTS = [
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
        "rolls over by old settings", ADVANCES, '    update.require_as_seen("revision", seen.revision)\n', ""
    ),
    Mutant(
        "rolls over twice",
        ADVANCES,
        '    update.require_as_seen("quota_starts_at", epoch(seen.quota.starts_at))\n',
        "",
    ),
    Mutant("rolls over what was spent since", ADVANCES, '("quota_used", "quota_available") if', "() if"),
    Mutant(
        "admits by limits that have ended",
        WRITES,
        '"(attribute_not_exists(changes_at) OR changes_at > :at)"',
        '":at = :at"',
        RAISED,
    ),
    Mutant(
        "falls back and leaves what was added",
        ADVANCES,
        "amount - money.difference(after.budget_available, seen.budget_available)",
        "amount",
        RAISED,
    ),
    Mutant(
        "admits the last of a raise beyond the limit",
        ADVANCES,
        "budget_available >= :budget_amount",
        "budget_used >= :budget_amount",
        RAISED,
    ),
    Mutant("asks nobody for reserves", WRITES, '"attribute_not_exists(priority_reserves)", ', "", RESERVED),
    Mutant(
        "trusts reserves of another revision",
        RESERVES,
        '        update.require_as_seen("revision", known.revision)\n',
        "        pass\n",
        RESERVED,
    ),
    Mutant(
        "keeps nothing of a budget",
        RESERVES,
        '"budget_available > :budget_kept"',
        '":budget_kept = :budget_kept"',
        RESERVED,
    ),
    Mutant(
        "keeps nothing of a quota",
        RESERVES,
        '"quota_available > :quota_kept"',
        '":quota_kept = :quota_kept"',
        RESERVED,
    ),
    Mutant("lets low spend at any pace", RESERVES, '"quota_used <= :paced"', '":paced = :paced"', RESERVED),
    Mutant(
        "raises more often than its policy says", STEPS, "steps > policy.times or at <", "at <", INCREASED
    ),
    Mutant(
        "raises beyond what is left above",
        STEPS,
        "        room += [_unspent(balance) for balance in present.balances()]\n",
        "",
        INCREASED,
    ),
    Mutant(
        "closes what is not open",
        WRITES,
        "(holds.#request[0] = :held AND holds.#request[2] = :held_at)",
        ":held = :held OR :held_at = :held_at",
    ),
    Mutant("closes what was opened since", WRITES, "holds.#request[2] = :held_at", ":held_at = :held_at"),
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
    Mutant(
        "is tight and isn't by one share",
        DOWNGRADES,
        "self.exit_percent if latched else self.enter_percent",
        "self.enter_percent",
        TIGHT,
    ),
    Mutant("is tight while packs pay", DOWNGRADES, " or present.packs_left > 0", "", TIGHT),
    Mutant(
        "keeps to a rule that is gone", DOWNGRADES, "is_tight and _has_rule(policy, each)", "is_tight", TIGHT
    ),
    Mutant("switches conversations", DOWNGRADES, "Switching.CONVERSATION:", "Switching.NEVER:", TIGHT),
    Mutant("trusts what was seen to be used", LATCH, "    update.require(*conditions)\n", "", TIGHT),
    Mutant(
        "never notes that a budget is tight", LATCH, "is_tight is not scope.downgrading", "not scope", TIGHT
    ),
    Mutant(
        "trusts what was seen to be carried over", LATCH, "if scope.quota.carries:", "if not scope:", TIGHT
    ),
    Mutant(
        "trusts the window that was seen",
        LATCH,
        '    update.require_as_seen("quota_starts_at", epoch(scope.quota.starts_at))\n',
        "",
        TIGHT,
    ),
    Mutant(
        "trusts the packs that were seen",
        LATCH,
        "    if scope.packs:\n        # Which",
        "    if not scope:\n        # Which",
        TIGHT,
    ),
    Mutant("admits to what has rules unseen", WRITES, ', "attribute_not_exists(downgrade)")', ",)", TIGHT),
    Mutant(
        "switches for the sake of what is no ancestor",
        ADMISSION,
        "any(each.scope_id not in opened for each in self.admission.tight_at)",
        "not opened",
        SWITCHED,
    ),
    Mutant("keeps a conversation's model for ever", CONVERSATIONS, " OR expires_at <= :now", "", SWITCHED),
    Mutant(
        "begins a conversation twice",
        CONVERSATIONS,
        "attribute_not_exists(#name) OR expires_at <= :now",
        "attribute_not_exists(nothing) OR expires_at <= :now OR attribute_exists(#name)",
        SWITCHED,
    ),
    Mutant(
        "takes another key's conversation for its own",
        "shared/tollgate/gateway_state/conversations.py",
        "{key_id}\\n",
        "",
        SWITCHED,
    ),
    Mutant(
        "counts what packs of every scope paid",
        COST_ENTRY,
        "counts = scope == scope_that_pays(self.scopes, self.billed_at, self.drawn)",
        "counts = True",
        COST_TESTS,
    ),
    Mutant(
        "counts packs where nothing is billed",
        COST_ENTRY,
        "    if billed_at:\n",
        "    if False:\n",
        COST_TESTS,
    ),
    Mutant("counts the lowest scope's packs", COST_ENTRY, "in reversed(scopes)", "in scopes", COST_TESTS),
    Mutant("counts nothing by cost centre", COST_ENTRY, "if self.cost_centre:", "if False:", COST_TESTS),
    Mutant(
        "takes the provider's price for the margin",
        COST_ENTRIES,
        "money.difference(cost, provider_cost)",
        "provider_cost",
        COST_TESTS,
    ),
    Mutant(
        "adds up packs of every scope",
        COST_ENTRIES,
        "for (scope, _), amount in drawn.items() if scope == paying",
        "for _, amount in drawn.items()",
        COST_TESTS,
    ),
    Mutant("forgets minimum fees", COST_ENTRIES, "_line(usage, _MINIMUM_FEE)", "money.ZERO", COST_TESTS),
    Mutant(
        "has one marker for all parts of a record",
        MARKED,
        "writes = [self._marker(request_id, part), *updates]",
        "writes = [self._marker(request_id, _FIRST), *updates]",
        COST_TESTS,
    ),
    Mutant(
        "marks the first part of a record alone",
        MARKED,
        "for part, _ in self._parts(entry):",
        "for part, _ in list(self._parts(entry))[:1]:",
        COST_TESTS,
    ),
    Mutant("has an included quota paid again", BILL, " - billed.included", "", COST_TESTS),
    Mutant("has packs paid again", BILL, "tree.cost - drawn", "tree.cost", COST_TESTS),
    Mutant(
        "tells customers what providers charge",
        BILL_VIEWS,
        '_SECRETS = {"provider_cost", "margin"}',
        '_SECRETS = {"margin"}',
        COST_TESTS,
    ),
    Mutant(
        "leaves out what has no cost centre",
        COST_SUMS,
        "[*sums, *_without(costs, cost_filters.single_sum(filters), span, sums)]",
        "sums",
        COST_TESTS,
    ),
    Mutant(
        "gives all of a key to its first cost centre",
        FOCUS,
        "len(centres) > 1 or counted != whole.requests",
        "False",
        COST_TESTS,
    ),
    Mutant("invoices what packs paid", FOCUS_COLUMNS, " - parts.packs", "", COST_TESTS),
    Mutant("invoices what a quota includes", FOCUS_COLUMNS, " - parts.included", "", COST_TESTS),
    Mutant("lists the providers' price", FOCUS_COLUMNS, '{"ListCost": _CHARGED}', "{}", COST_TESTS),
    Mutant(
        "decides what has expired",
        REQUESTS,
        " or self.ends_at <= decision.at:",
        ":",
        RULES_OF_REQUESTS,
    ),
    Mutant(
        "decides what is decided",
        REQUESTS,
        "if self.stage is not Stage.PENDING or self",
        "if self",
        RULES_OF_REQUESTS,
    ),
    Mutant("raises a limit to what it is", REQUESTS, "if limit <= b", "if limit < b", RULES_OF_REQUESTS),
    Mutant(
        "raises a limit again that was lowered since",
        DECISIONS,
        "return self.audit.has_at(request.key_id, request.decision.at, request.decision.change_id)",
        "return False",
        FAULTS_OF_REQUESTS,
    ),
    Mutant(
        "goes on with an approval that was given up",
        DECISIONS,
        "if present is None or present.revision != request.revision:",
        "if present is None:",
        FAULTS_OF_REQUESTS,
    ),
    Mutant(
        "gives up an approval that another is about to apply",
        DECISIONS,
        "            self.hierarchy.keys.fence(scope)\n",
        "            pass\n",
        FAULTS_OF_REQUESTS,
    ),
    Mutant(
        "gives up an approval that was applied",
        DECISIONS,
        "        if self._is_applied(request):",
        "        if request.stage is Stage.APPLYING and self._is_applied(request):",
        FAULTS_OF_REQUESTS,
    ),
    Mutant(
        "has two requests pending",
        ASKING,
        "if last.state_at(now) is RequestState.PENDING:",
        "if last is None:",
        FLOW_OF_REQUESTS,
    ),
    Mutant(
        "lets whoever was told no ask at once",
        ASKING,
        "            _require_patience(last, now)\n",
        "",
        FLOW_OF_REQUESTS,
    ),
    Mutant("floods approvers", ASKING, "< MAX_ASKED_AN_HOUR", ">= 0", FLOW_OF_REQUESTS),
    Mutant(
        "lets whoever asks decide",
        OWN_REQUESTS,
        "    if acting.scope.key_id in {found.key_id, found.asked_by}:",
        "    if acting.scope.key_id in {found.key_id}:",
        FLOW_OF_REQUESTS,
    ),
    Mutant(
        "lets keys decide that may not manage others",
        OWN_REQUESTS,
        "    acting.require_manager()\n",
        "",
        FLOW_OF_REQUESTS,
    ),
    Mutant(
        "lets a key give more than it has",
        OWN_REQUESTS,
        "families.require_below(acting.scope.key_id, parents, wanted)",
        "families.require_below(acting.scope.key_id, parents, Limits())",
        FLOW_OF_REQUESTS,
    ),
    Mutant(
        "shows who was above what is asked for below",
        OWN_REQUESTS,
        "if any(above.key_id == key_id for above in chains.get(each.key_id, ()))",
        "if each.key_id in chains",
        FLOW_OF_REQUESTS,
    ),
    Mutant(
        "tells of a grant's end twice",
        GRANTS,
        "if seen is None or seen.due_at is None:",
        "if seen is None:",
        GRANTED_LIMITS,
    ),
    Mutant("charges more than the least hold", SWEEP, "min(amount, held.held)", "amount"),
    Mutant(
        "draws more than is left",
        ASSIGNING,
        'f"{place}[{_LEFT}] >= :draw{number}"',
        'f":draw{number} >= :draw{number}"',
        PAYING,
    ),
    Mutant(
        "draws to the end what was drawn since",
        ASSIGNING,
        'f"{place}[{_LEFT}] = :left{number}"',
        'f":left{number} = :left{number}"',
        PAYING,
    ),
    Mutant(
        "draws what others have reserved",
        ASSIGNING,
        'f"{place}[{_FREE}] >= :taken{number}"',
        'f":taken{number} >= :taken{number}"',
        PAYING,
    ),
    Mutant(
        "assigns twice",
        ASSIGNING,
        '"holds.#request = :held"',
        '"(holds.#request = :held OR attribute_exists(holds.#request))"',
        PAYING,
    ),
    Mutant(
        "assigns in whatever window there is",
        ASSIGNING,
        '    update.require_as_seen("quota_starts_at", epoch(seen.quota.starts_at))\n',
        "",
        PAYING,
    ),
    Mutant(
        "assigns by old terms",
        ASSIGNING,
        '    update.require_as_seen("revision", seen.revision)\n',
        "",
        PAYING,
    ),
    Mutant(
        "counts what has expired since",
        ASSIGNING,
        'update.require_as_seen("changes_at", epoch(seen.changes_at) if seen.changes_at else None)\n'
        '        update.value(":counted"',
        'update.value(":counted"',
        PAYING,
    ),
    Mutant("includes more than the quota", ASSIGNING, '"quota_parts[0] <= :most"', '":most = :most"', PAYING),
    Mutant(
        "meters what was included since",
        ASSIGNING,
        '"quota_parts[0] = :seen_included"',
        '":seen_included = :seen_included"',
        PAYING,
    ),
    Mutant(
        "gives nothing back",
        SETTLEMENTS,
        "if hold.parts is not None or hold.reserved",
        "if hold.reserved",
        PAYING,
    ),
    Mutant(
        "keeps what was reserved",
        SETTLEMENTS,
        "if hold.parts is not None or hold.reserved",
        "if hold.parts",
        PAYING,
    ),
    Mutant("forgets what was assigned", ASSIGNMENT, "                self._adopt(parts.cost)\n", "", PAYING),
    Mutant(
        "reserves what is reserved",
        RESERVING,
        'f"{place} >= :reserved{number}"',
        'f":reserved{number} >= :reserved{number}"',
        PAYING,
    ),
    Mutant(
        "counts what was drawn of a pack since",
        PACKS,
        'f"packs.#counted{number}[0] = :counted{number}"',
        'f":counted{number} = :counted{number}"',
        PAYING,
    ),
    Mutant(
        "meters beyond every limit",
        WRITES,
        "(attribute_not_exists(overage_limit) OR quota_available >= :amount)",
        "(attribute_not_exists(overage_limit) OR attribute_exists(overage_limit))",
        PAYING,
    ),
    Mutant(
        "takes packs that are used up for a budget",
        WRITES,
        "OR packs_left > :zero",
        "OR packs_left >= :zero",
        PAYING,
    ),
    Mutant(
        "adds an order twice",
        PACK_ADDITIONS,
        "if found is not None:\n                return AddedPack(found, is_new=False)",
        "if found is not None:\n                pass",
        PACK_TESTS,
    ),
    Mutant("adds one pack too many", PACK_ADDITIONS, "live >= MAX_PACKS", "live > MAX_PACKS", PACK_TESTS),
    Mutant(
        "takes out what a call in flight may draw on",
        PACK_ADDITIONS,
        "_is_long_over(pack, at) and not any(pack.is_in_effect(hold.at) for hold in holds)",
        "_is_long_over(pack, at)",
        PACK_TESTS,
    ),
    Mutant(
        "takes out what a call in flight may give back to",
        PACK_ADDITIONS,
        "not pack.left and not any(_has_drawn(hold, pack_id) for hold in holds)",
        "not pack.left",
        PACK_TESTS,
    ),
    Mutant(
        "takes out what has just ended",
        PACK_ADDITIONS,
        "pack.expires_at + _SURELY <= at",
        "pack.expires_at <= at",
        PACK_TESTS,
    ),
    Mutant("files nothing", PACK_ADDITIONS, "self._file(seen.key_id, pack_id, pack)", "pass", PACK_TESTS),
    Mutant(
        "adds to sums of another time", PACK_EDITS, "    _require_same_moment(update, seen)\n", "", PACK_TESTS
    ),
    Mutant("adds nothing to the sums", PACK_EDITS, "    if is_live:\n", "    if False:\n", PACK_TESTS),
    Mutant(
        "adds what is scheduled to the sums",
        PACK_EDITS,
        "pack.models is None and pack.effective_at <= at",
        "pack.models is None",
        PACK_TESTS,
    ),
    Mutant(
        "forgets when a pack takes effect or ends",
        PACK_EDITS,
        "    _change_at(update, seen, pack, at)\n",
        "",
        PACK_TESTS,
    ),
    Mutant(
        "leaves what is voided in the sums",
        PACK_EDITS,
        "if pack.is_counted(seen.changes_at):",
        "if False:",
        PACK_TESTS,
    ),
    Mutant(
        "takes what never counted off the sums",
        PACK_EDITS,
        "if pack.is_counted(seen.changes_at):",
        "if True:",
        PACK_TESTS,
    ),
    Mutant("voids what calls were let in on", PACK_EDITS, "min(at + CLOCKS_DIFFER, ", "min(at, ", PACK_TESTS),
    Mutant(
        "tells of a used pack again and again",
        PACK_EVENTS,
        "nearly_used - told.nearly_used",
        "nearly_used",
        EVENT_TESTS,
    ),
    Mutant(
        "tells of an ending pack again and again",
        PACK_EVENTS,
        "expiring - told.expiring",
        "expiring",
        EVENT_TESTS,
    ),
    Mutant(
        "tells of a voided pack",
        PACK_EVENTS,
        "pack.expires_at != definition.expires_at",
        "False",
        EVENT_TESTS,
    ),
    Mutant("tells of metering again and again", METERING, "if window == told:", "if False:", EVENT_TESTS),
    Mutant("tells of downgrading again and again", DOWNGRADING, "if told.is_on:", "if False:", EVENT_TESTS),
    Mutant("tells of downgrading too often", DOWNGRADING, "now < told.at + debounce", "False", EVENT_TESTS),
    Mutant("tells of a raise again and again", RAISES, "news != told.get(window) and ", "", EVENT_TESTS),
    Mutant("tells of approvals as of a policy", RAISES, "noted.by is RaisedBy.POLICY and ", "", EVENT_TESTS),
    Mutant("tells of an end that an edit made", RAISES, "balance.limit == news.base", "True", EVENT_TESTS),
    Mutant(
        "moves an event state on that it has not seen",
        "shared/tollgate/alerts/store/alerts_table.py",
        "put_revision(self.client, self.table, new, seen.revision, *others)\n\n    def put(",
        "put_revision(self.client, self.table, new, self.event_state(key_id).revision, *others)\n"
        "\n    def put(",
        EVENT_TESTS,
    ),
]


def main() -> int:
    chosen = [mutant for mutant in MUTANTS if len(sys.argv) < 2 or sys.argv[1] in mutant.name]
    survivors = 0
    for mutant in chosen:
        killer = _killer(mutant)
        survivors += killer is None
        print(f"{mutant.name:48} {killer or 'SURVIVES'}", flush=True)
    print(f"{len(chosen)} mutants, {survivors} survive")
    return 1 if survivors else 0


def _killer(mutant: Mutant) -> str | None:
    """Which tests notice the mutant: the first that fails."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        ignored = shutil.ignore_patterns(".git", ".venv", ".local", ".*_cache", "__pycache__", ".hypothesis")
        shutil.copytree(ROOT, tree, ignore=ignored)
        for shared in (".venv", ".local"):
            (tree / shared).symlink_to(ROOT / shared)
        source = (tree / mutant.file).read_text()
        if source.count(mutant.old) < 1:
            raise SystemExit(f"{mutant.name}: its text is not in {mutant.file}")
        (tree / mutant.file).write_text(source.replace(mutant.old, mutant.new))
        if mutant.tests:
            return _failure(tree, list(mutant.tests))
        return _failure(tree, MACHINE) or _failure(tree, OTHERS)


def _failure(tree: Path, tests: list[str]) -> str | None:
    tests = [each for each in tests if (tree / each.partition("::")[0]).exists()]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--tb=no", *tests],
        cwd=tree,
        env={
            **os.environ,
            "HYPOTHESIS_STORAGE_DIRECTORY": str(tree / ".hypothesis"),
            "TOLLGATE_SHRINK": "no",
            "LEDGER_EXAMPLES": "40",
        },
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if run.returncode == 0:
        return None
    failed = [line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0].split(" - ")[0].rpartition("::")[2] if failed else f"pytest ended with {run.returncode}"


if __name__ == "__main__":
    raise SystemExit(main())
