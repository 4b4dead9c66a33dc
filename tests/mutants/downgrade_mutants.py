"""Of downgrades, and of conversations that stay with their model."""

from __future__ import annotations

from tests.mutants.mutant import ADMISSION, WRITES, Mutant

DOWNGRADES = "shared/tollgate/ledger/policies/downgrades.py"
LATCH = "shared/tollgate/ledger/store/policies/downgrade_writes.py"
CONVERSATIONS = "shared/tollgate/gateway_state/store/conversations_table.py"
TIGHT = (
    "tests/unit/ledger/test_downgrades.py",
    "tests/integration/ledger/test_downgrade_latch.py",
)
SWITCHED = ("tests/integration/gateway/test_gateway_downgrades.py",)
DOWNGRADE_MUTANTS = [
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
        "holds a call by rules that it remembers and doesn't go by",
        ADMISSION,
        "        self._require_model_of(known)\n",
        "",
        SWITCHED,
    ),
]
