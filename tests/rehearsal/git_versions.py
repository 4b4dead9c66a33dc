"""What a commit's functions are, built as that commit builds them, beside this tree."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from infra.local.environment import LOCAL, ROOT

CHECKOUTS = LOCAL / "rehearsal"
_GIT_SECONDS = 60
_BUILD_SECONDS = 1200
# What a checkout shares with this one: tools of the same versions, and what they have downloaded.
_SHARED = (".venv", ".local/tools", ".local/cache")
# By the commit's own code, so that its build has the steps that it had then.
_BUILD = """
import os
from infra.local import build
from infra.local.environment import LOCAL, isolated
from infra.local.processes.children import Children

scratch = LOCAL / "scratch"
scratch.mkdir(exist_ok=True)
environment = {**isolated(os.environ), "TMPDIR": str(scratch), "__SAM_CLI_APP_DIR": str(LOCAL / "sam")}
with Children(LOCAL / "logs", environment) as children:
    print(build.existing() or build.build(children))
"""


def checkout(ref: str) -> Path:
    """A folder with the tree of a git ref, which nothing but the rehearsal writes to."""
    commit = _git("rev-parse", "--verify", f"{ref}^{{commit}}").decode().strip()
    folder = CHECKOUTS / commit[:12]
    if not folder.exists():
        unfinished = CHECKOUTS / f"unfinished-{commit[:12]}"
        unfinished.mkdir(parents=True, exist_ok=True)
        with tarfile.open(fileobj=io.BytesIO(_git("archive", commit))) as archive:
            archive.extractall(unfinished, filter="data")
        (unfinished / ".local").mkdir(exist_ok=True)
        for shared in _SHARED:
            if (ROOT / shared).exists():
                (unfinished / shared).symlink_to((ROOT / shared).resolve())
        unfinished.rename(folder)
    return folder


def built(tree: Path) -> Path:
    """The built template of a tree. Raises `CalledProcessError`; the log is below the tree's .local."""
    ran = subprocess.run(
        [sys.executable, "-c", _BUILD],
        cwd=tree,
        check=True,
        stdout=subprocess.PIPE,
        timeout=_BUILD_SECONDS,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(LOCAL), "PYTHONPATH": str(tree)},
    )
    return Path(ran.stdout.decode().splitlines()[-1])


def _git(*arguments: str) -> bytes:
    git = shutil.which("git")
    assert git is not None, "There is no git."
    return subprocess.run(
        [git, *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, timeout=_GIT_SECONDS
    ).stdout
