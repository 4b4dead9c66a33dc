"""PYTHON compile_tree.py FOLDER INSTALLED: compiles FOLDER's modules, which will be found in INSTALLED.

Run by the Python that is to import them, so it needs nothing but the standard library of any since 3.11.
Unchecked: on Lambda files are as old as 1980, and sources never change. The same sources give the same bytes,
or each build would be a new version of every function.
"""

from __future__ import annotations

import py_compile
import sys
from importlib.util import cache_from_source
from pathlib import Path


def compile_tree(folder: Path, installed: str) -> None:
    """Raises PyCompileError."""
    for source in sorted(folder.rglob("*.py")):
        py_compile.compile(
            str(source),
            cache_from_source(str(source)),
            # Else each import renames the file in all of a module's functions.
            dfile=f"{installed}/{source.relative_to(folder).as_posix()}",
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )


if __name__ == "__main__":
    try:
        compile_tree(Path(sys.argv[1]), sys.argv[2])
    except py_compile.PyCompileError as error:
        sys.exit(error.msg)
