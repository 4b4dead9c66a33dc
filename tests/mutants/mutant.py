"""A mutant: the code with one piece of its text changed, which tests are to notice."""

from __future__ import annotations

from typing import NamedTuple

WRITES = "shared/tollgate/ledger/store/hold_writes.py"
ADMISSION = "shared/tollgate/ledger/store/admission_run.py"


class Mutant(NamedTuple):
    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = ()
    """Those that are to notice it, if they aren't the ledger's."""
