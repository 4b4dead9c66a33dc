"""What packages bring along that nothing reads in a function."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Programs, and how they were installed. Metadata stays, which packages read, and so do licenses. Of cffi only
# the part in C is read, by cryptography; the rest is for who makes such parts.
_UNREAD = (
    "cffi",
    "pycparser",
    "bin",
    "requirements.in",
    "requirements.txt",
    "*.dist-info/INSTALLER",
    "*.dist-info/RECORD",
    "*.dist-info/REQUESTED",
    "*.dist-info/WHEEL",
    "**/*.pyi",
    "**/py.typed",
)


def prune(artifact: Path) -> None:
    for pattern in _UNREAD:
        for path in list(artifact.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
