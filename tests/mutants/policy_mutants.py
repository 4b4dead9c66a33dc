"""Of temporary limits, reserves and limits that rise by themselves."""

from __future__ import annotations

from tests.mutants.mutant import WRITES, Mutant

RESERVES = "shared/tollgate/ledger/store/policies/policy_writes.py"
STEPS = "shared/tollgate/ledger/policies/automatic_increase.py"
ADVANCES = "shared/tollgate/ledger/store/policies/advance_writes.py"
RAISED = ("tests/integration/policies/test_temporary_limits.py",)
RESERVED = ("tests/integration/policies/test_priority_reserves.py",)
INCREASED = ("tests/integration/policies/test_automatic_increases.py",)
POLICY_MUTANTS = [
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
]
