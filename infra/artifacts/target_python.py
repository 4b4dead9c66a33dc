"""The Python whose bytecode Lambda's runtime reads, if this machine has it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_PROBE = """
import sys
print(sys.implementation.name, "%d.%d" % sys.version_info[:2], sys.version_info.releaselevel)
"""
_PROBE_SECONDS = 20


def find(version: str) -> Path | None:
    """CPython of that version, such as 3.13: this one, one on the PATH, or one that uv knows of."""
    for candidate in (sys.executable, shutil.which(f"python{version}"), _known_to_uv(version)):
        if candidate and _output([candidate, "-I", "-c", _PROBE]) == f"cpython {version} final":
            return Path(candidate)
    return None


def _known_to_uv(version: str) -> str | None:
    folders = [str(_ROOT / ".local/tools/bin"), str(_ROOT / ".venv/bin"), os.environ.get("PATH", "")]
    uv = shutil.which("uv", path=os.pathsep.join(folders))
    # Found, never downloaded: a build installs nothing on the machine.
    return _output([uv, "python", "find", "--no-python-downloads", version]) if uv else None


def _output(command: list[str]) -> str | None:
    """What a program prints; None if it can't be run or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
