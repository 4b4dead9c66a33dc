"""Of packs as admins add and void them."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

PACK_ADDITIONS = "shared/tollgate/keys/store/resource_packs.py"
PACK_EDITS = "shared/tollgate/keys/store/pack_edit_writes.py"
PACK_TESTS = (
    "tests/integration/keys/test_resource_packs.py",
    "tests/integration/keys/test_resource_pack_faults.py",
    "tests/integration/ledger/billing/test_packs_edited.py",
)
PACK_MUTANTS = [
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
        "finds a pack in both months that name it",
        PACK_ADDITIONS,
        "named = set(",
        "named = list(",
        PACK_TESTS,
    ),
]
