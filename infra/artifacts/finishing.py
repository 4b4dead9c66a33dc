"""What follows a build, the same for AWS and for the local stack."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from infra.artifacts import compile_tree, pruning, target_python

if TYPE_CHECKING:
    from pathlib import Path

COMPILE_SECONDS = 300
# Where Lambda has a function's files, and those of its layers.
_FUNCTION, _LAYER = "/var/task", "/opt"


class CompileError(Exception):
    """A module of an artefact isn't valid for the Python that it is to run on."""


def finish(build: Path, runtime: str) -> str:
    """Removes what no function reads, and compiles the rest for `runtime`; returns a line for people.

    Without that Python at hand nothing is compiled, which costs time and nothing else: CPython reads bytecode
    of its own version alone. Raises CompileError.
    """
    artifacts = sorted(path for path in build.iterdir() if path.is_dir())
    for artifact in artifacts:
        pruning.prune(artifact)
    version = runtime.removeprefix("python")
    python = target_python.find(version)
    if python is None:
        return (
            f"Not compiled, for there is no Python {version} here: each cold start compiles the functions. "
            f"To save that, install one (`.local/tools/bin/uv python install {version}`) and build again."
        )
    for artifact in artifacts:
        _compile(python, artifact)
    return f"Compiled by {python}"


def _compile(python: Path, artifact: Path) -> None:
    installed = _LAYER if (artifact / "python").is_dir() else _FUNCTION
    done = subprocess.run(
        # Apart from this machine's settings: a folder for bytecode elsewhere, modules that are read first.
        [python, "-I", compile_tree.__file__, artifact, installed],
        capture_output=True,
        text=True,
        timeout=COMPILE_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise CompileError(f"{artifact.name} can't be compiled by {python}:\n{done.stderr.strip()}")
