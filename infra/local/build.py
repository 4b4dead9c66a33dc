"""`sam build` and what follows it, once for each state of the tree."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local.environment import LOCAL, ROOT, TOOLS, architecture, runtime
from infra.local.web import site_build

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.processes.children import Children

BUILDS = LOCAL / "build"
KEPT_BUILDS = 4
BUILD_SECONDS = 900

_UNFINISHED = "unfinished-"
_SOURCES = (
    "template.yaml",
    "samconfig.toml",
    "requirements/tools.txt",
    "shared",
    "functions",
    "infra/artifacts",
    "infra/local/build.py",
    "infra/local/web",
)
_BY_PRODUCTS = {
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    *site_build.BY_PRODUCTS,
    site_build.GENERATED,
}


def parameters() -> list[str]:
    """Template parameters that fit the functions to this machine."""
    return [f"PythonRuntime={runtime()}", f"Architecture={architecture()}"]


def fingerprint(root: Path, build_parameters: list[str]) -> str:
    """Changes when the built functions would."""
    digest = hashlib.sha256("\n".join(build_parameters).encode())
    for path in _source_files(root):
        content = path.read_bytes()
        executable = bool(path.stat().st_mode & 0o100)
        digest.update(f"\n{path.relative_to(root)} {executable} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def existing() -> Path | None:
    """The built template of the tree as it is, if there is one."""
    template = BUILDS / fingerprint(ROOT, parameters()) / "template.yaml"
    return template if template.exists() else None


def build(children: Children) -> Path:
    """Build the functions for this machine and return the path of the built template. Raises ChildError."""
    target = BUILDS / fingerprint(ROOT, parameters())
    BUILDS.mkdir(parents=True, exist_ok=True)
    # Moved into place when it is whole: neither an interrupted build nor two at once leave a broken one.
    # From beside it, because sam writes paths of the template's own files as they are from where it builds.
    with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=BUILDS, ignore_cleanup_errors=True) as directory:
        output = Path(directory)
        children.run(
            "sam build",
            [TOOLS / "bin/sam", "build", "--beta-features", "--template-file", ROOT / "template.yaml",
             "--build-dir", output, "--parameter-overrides", *parameters()],
            cwd=ROOT,
            timeout=BUILD_SECONDS,
            environment={"UV_REQUIRE_HASHES": "1"},
        )  # fmt: skip
        children.run(
            "artifacts", [sys.executable, "-m", "infra.artifacts", output], cwd=ROOT, timeout=BUILD_SECONDS
        )
        with suppress(OSError):  # another build of the same tree was first
            output.rename(target)
    _drop_old_builds()
    return target / "template.yaml"


def _source_files(root: Path) -> Iterator[Path]:
    for source in _SOURCES:
        path = root / source
        yield from _files(path) if path.is_dir() else [path]


def _files(folder: Path) -> Iterator[Path]:
    """Those that somebody wrote; folders that hold others aren't entered: there may be thousands in them."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if path.name not in _BY_PRODUCTS:
                yield from _files(path)
        elif path.suffix != ".pyc":
            yield path


def _drop_old_builds() -> None:
    finished = [path for path in BUILDS.iterdir() if not path.name.startswith(_UNFINISHED)]
    newest_first = sorted(finished, key=lambda path: path.stat().st_mtime, reverse=True)
    for old in newest_first[KEPT_BUILDS:]:
        shutil.rmtree(old, ignore_errors=True)
