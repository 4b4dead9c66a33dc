"""Chromium: the machine's, else a headless one that the npm package @sparticuz/chromium holds."""

from __future__ import annotations

import os
import platform
import shutil
import tarfile
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.local_errors import UnavailableError
from infra.local.web.node import NpmPackage, node, run

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE = NpmPackage(
    "@sparticuz/chromium@147.0.0",
    "e1929e01041af2ea769adebbe6a4a2b73b4b75b42b95ff0129d0b99da79aa7ee"
    "4cbf5395d4e94974fa14f84242fe9e6c414254426378afeab9f8485a68e507a5",
)
# The program, the libraries that it needs, which small machines lack, and a font. Python knows no brotli.
_LIBRARIES, _FONTS = "al2023", "fonts"
_DECOMPRESS = """
const [from, to] = process.argv.slice(1);
const { brotliDecompressSync } = await import("node:zlib");
const { readFileSync, writeFileSync } = await import("node:fs");
writeFileSync(to, brotliDecompressSync(readFileSync(from)));
"""
# Containers lack what its sandbox and its graphics need. The pages that it is to open are our own.
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


@dataclass(frozen=True)
class Chromium:
    """How it is started."""

    program: str
    arguments: tuple[str, ...] = _ARGUMENTS
    environment: dict[str, str] = field(default_factory=dict)
    """What it needs besides this process's variables."""


def chromium() -> Chromium:
    """Fetched if need be. Raises UnavailableError where it can't be."""
    for name in NAMES:
        if program := shutil.which(name):
            return Chromium(program)
    if platform.machine().lower() not in {"x86_64", "amd64"}:
        raise UnavailableError(
            f"Chromium was not found, and npm has it for x86_64 alone. Install one of {', '.join(NAMES)}."
        )
    return _fetched()


def _fetched() -> Chromium:
    folder = PACKAGE.folder()
    unpacked = folder / "unpacked"
    if not unpacked.exists():
        with tempfile.TemporaryDirectory(prefix="unfinished-", dir=folder) as scratch:
            made = _unpacked(folder / "package/bin", Path(scratch))
            with suppress(OSError):  # another process was first
                made.rename(unpacked)
    libraries = (str(unpacked / _LIBRARIES / "lib"), os.environ.get("LD_LIBRARY_PATH"))
    return Chromium(
        str(unpacked / "chromium"),
        # It is built without the zygote from which renderers otherwise start.
        (*_ARGUMENTS, "--no-zygote"),
        {
            "LD_LIBRARY_PATH": os.pathsep.join(filter(None, libraries)),
            "FONTCONFIG_PATH": str(unpacked / _FONTS),
        },
    )


def _unpacked(packed: Path, scratch: Path) -> Path:
    target = scratch / "made"
    target.mkdir()
    program = target / "chromium"
    _decompress(packed / "chromium.br", program)
    program.chmod(0o755)
    for name in (_LIBRARIES, _FONTS):
        archive = scratch / f"{name}.tar"
        _decompress(packed / f"{name}.tar.br", archive)
        with tarfile.open(archive) as content:
            content.extractall(target / name, filter="data")
    return target


def _decompress(source: Path, target: Path) -> None:
    found = node()
    command = [found.node, "--input-type=module", "--eval", _DECOMPRESS, str(source), str(target)]
    run(command, found.environment)
