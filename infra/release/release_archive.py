"""The build as one file to deploy the stack from: from the same build the same bytes."""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING

from infra.local.environment import ROOT
from tollgate import __version__

if TYPE_CHECKING:
    from pathlib import Path

# SAM names these from the folder that it has built into; in the archive they lie beside the template.
ENCLOSED = ("LICENSE", "README.md", "CHANGELOG.md")
# Zip's first day. What is in the archive has no time of its own.
_TIME = (1980, 1, 1, 0, 0, 0)
_NOT_FILES = {"NOTES.md", "SHA256SUMS"}
_EXECUTABLE, _PLAIN = 0o755, 0o644


def write(build: Path, folder: Path) -> Path:
    """tollgate-VERSION.zip of what `make build` has made."""
    path = folder / f"tollgate-{__version__}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, mode in sorted(_entries(build)):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, whose modes these are
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, content)
    return path


def _entries(build: Path) -> list[tuple[str, bytes, int]]:
    """Name, content and mode of each file."""
    found = [(name, (ROOT / name).read_bytes(), _PLAIN) for name in ENCLOSED]
    for path in build.rglob("*"):
        if path.is_file():
            name, content = path.relative_to(build).as_posix(), path.read_bytes()
            if name == "template.yaml":
                content = _beside(content.decode()).encode()
            found.append((name, content, _EXECUTABLE if path.stat().st_mode & 0o100 else _PLAIN))
    return found


def _beside(template: str) -> str:
    for name in ENCLOSED:
        template = template.replace(f"../../{name}", name)
    return template


def checksums(folder: Path) -> Path:
    """SHA256SUMS of the folder's files, as sha256sum --check reads it; but of the release's notes."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name not in _NOT_FILES)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    written = folder / "SHA256SUMS"
    written.write_text("".join(lines))
    return written
