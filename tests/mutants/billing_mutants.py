"""Of packs that pay and of quotas that include."""

from __future__ import annotations

from tests.mutants.ledger_mutants import BY_ITS_AMOUNT
from tests.mutants.mutant import WRITES, Mutant

ASSIGNING = "shared/tollgate/ledger/store/billing/assignment_writes.py"
ASSIGNMENT = "shared/tollgate/ledger/store/billing/assignment_run.py"
PACKS = "shared/tollgate/ledger/store/billing/pack_writes.py"
RESERVING = "shared/tollgate/ledger/store/billing/reservation_writes.py"
SETTLEMENTS = "shared/tollgate/ledger/settlements.py"
ADVANCING = "shared/tollgate/ledger/store/policies/advance_writes.py"
KEY_EDITS = "shared/tollgate/keys/store/key_writes.py"
QUOTAS = "shared/tollgate/ledger/quotas.py"
PAYING = (
    "tests/integration/ledger/billing/test_packs.py",
    "tests/integration/ledger/billing/test_hybrid_billing.py",
    "tests/integration/ledger/billing/test_billing_races.py",
    "tests/integration/ledger/billing/test_metered_windows.py",
)
BILLING_MUTANTS = [
    Mutant("closes what packs have paid for since", WRITES, *BY_ITS_AMOUNT, PAYING),
    Mutant(
        "draws more than is left",
        ASSIGNING,
        'f"{place}[{LEFT}] >= :draw{number}"',
        'f":draw{number} >= :draw{number}"',
        PAYING,
    ),
    Mutant(
        "draws to the end what was drawn since",
        ASSIGNING,
        'f"{place}[{LEFT}] = :left{number}"',
        'f":left{number} = :left{number}"',
        PAYING,
    ),
    Mutant(
        "draws what others have reserved",
        ASSIGNING,
        'f"{place}[{FREE}] >= :taken{number}"',
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
        "hold.parts is not None or hold.reserved or",
        "hold.reserved or",
        PAYING,
    ),
    Mutant(
        "keeps what was reserved",
        SETTLEMENTS,
        "hold.parts is not None or hold.reserved or",
        "hold.parts or",
        PAYING,
    ),
    Mutant("meters what was let in before", WRITES, "            update.require(_UNMETERED)\n", "", PAYING),
    Mutant("includes nothing of it", SETTLEMENTS, "regained = -change.cost, money.ZERO", "pass", PAYING),
    Mutant(
        "forgets what is included as a window begins",
        ADVANCING,
        "        quota_part_writes.require_as_seen(update, advance.seen.quota)\n",
        "        pass\n",
        PAYING,
    ),
    Mutant(
        "begins to meter without what is charged just now",
        KEY_EDITS,
        '        update.require_as_seen("quota_used", edit.seen.quota.used)\n',
        "",
        PAYING,
    ),
    Mutant("carries what was metered", QUOTAS, "- past.used + past.metered", "- past.used", PAYING),
    Mutant(
        "has no past of a metered quota",
        QUOTAS,
        "self.carries or is_metered or self.included",
        "self.carries or self.included",
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
]
