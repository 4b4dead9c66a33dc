"""How large what is deployed is: the functions and their layer as `make build` makes them, zipped.

Built for this machine, with bytecode; for Lambda's processor it is nearly the same.
"""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local import build
from infra.local.environment import isolated
from infra.local.processes.children import Children

if TYPE_CHECKING:
    from collections.abc import Iterator

LAYER, PROXY = "SharedLayer", "ProxyFunction-Shared"


def measure() -> dict[str, dict[str, int]]:
    """Bytes by artefact, zipped and unpacked, and how much of them, unpacked, is bytecode."""
    with (
        tempfile.TemporaryDirectory(prefix="tollgate-bench-") as logs,
        Children(Path(logs), isolated(os.environ)) as children,
    ):
        return sizes((build.existing() or build.build(children)).parent)


def sizes(built: Path) -> dict[str, dict[str, int]]:
    return {
        artefact.name: {
            "zipped": zipped(artefact),
            "unpacked": sum(path.stat().st_size for path in _files(artefact)),
            "bytecode": sum(path.stat().st_size for path in _files(artefact) if path.suffix == ".pyc"),
        }
        for artefact in sorted(built.iterdir())
        if artefact.is_dir()
    }


def zipped(artefact: Path) -> int:
    """Bytes, as SAM packs a folder."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(artefact.rglob("*")):
            archive.write(path, path.relative_to(artefact))
    return packed.tell()


def _files(artefact: Path) -> Iterator[Path]:
    return (path for path in artefact.rglob("*") if path.is_file())
