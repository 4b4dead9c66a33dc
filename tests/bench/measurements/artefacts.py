"""How large what is deployed is: each function's package as `sam build` puts it together, zipped.

The layer has what the functions share. Dependencies come from this environment; what is only needed
elsewhere, as the time zone database where the machine has none, isn't counted.
"""

from __future__ import annotations

import io
import re
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local.environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)


def measure() -> dict[str, dict[str, int]]:
    """Bytes by package, zipped and unpacked."""
    found = {"layer": _size(_files(ROOT / "shared"))}
    for folder in sorted((ROOT / "functions").iterdir()):
        if (folder / "requirements.txt").exists():
            found[folder.name] = _size([*_files(folder), *_dependencies(folder / "requirements.txt")])
    return found


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield str(path.relative_to(folder)), path.read_bytes()


def _dependencies(requirements: Path) -> Iterator[tuple[str, bytes]]:
    for name in _PINNED.findall(requirements.read_text()):
        try:
            files = distribution(name).files or ()
        except PackageNotFoundError:  # tzdata, where the machine has its own
            continue
        for file in files:
            path = Path(str(file.locate()))
            if path.is_file() and "__pycache__" not in path.parts:
                yield str(file), path.read_bytes()


def _size(files: Iterator[tuple[str, bytes]] | list[tuple[str, bytes]]) -> dict[str, int]:
    packed, unpacked = io.BytesIO(), 0
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
            unpacked += len(content)
    return {"zipped": len(packed.getvalue()), "unpacked": unpacked}
