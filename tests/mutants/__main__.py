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
from typing import TYPE_CHECKING

from infra.local.environment import ROOT
from tests.mutants.all_mutants import MUTANTS

if TYPE_CHECKING:
    from tests.mutants.mutant import Mutant

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
SECONDS = 900


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
