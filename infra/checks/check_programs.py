"""The programs of requirements/checks.txt, apart from .venv and the tools."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from infra.local.environment import LOCAL
from infra.local.local_errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CHECKS = LOCAL / "checks"
SECONDS = 900


def run(
    program: str,
    arguments: Sequence[str],
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Ended or not well: what it says is the caller's to judge. Raises UnavailableError if it isn't there."""
    path = CHECKS / "bin" / program
    if not path.exists():
        raise UnavailableError(f"{program} was not found in {CHECKS}. Run `make lint` to install it.")
    return subprocess.run(
        [str(path), *arguments], env=environment, cwd=cwd, timeout=SECONDS,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
