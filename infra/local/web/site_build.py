"""The console's site: what Vite makes of functions/console/web, compressed, once for each state of it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local.environment import LOCAL, ROOT
from infra.local.local_errors import LocalError
from infra.local.web.node import CACHE, node, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WEB = ROOT / "functions/console/web"
SITES = CACHE / "console"
KEPT_SITES = 4
BY_PRODUCTS = frozenset({"node_modules", "dist", ".vite", "coverage"})
"""Folders in WEB that come of its sources, and change nothing."""
GENERATED = "generated"
"""The folder in WEB that comes of the admin API: what it has of roles is a part of the site."""

_UNFINISHED = "unfinished-"
# Of which lock file the packages in node_modules are.
_INSTALLED = "node_modules/.installed"
# Of which sources the generated modules are.
_STAMP = ".generated-from"
_GENERATED_FROM = f"src/api/{GENERATED}/{_STAMP}"


class SiteError(LocalError):
    """What was built can't be served as it is."""


def built() -> Path:
    """The folder of the built site. Raises UnavailableError if something fails on the way, and SiteError."""
    with _held():
        require_packages()
        require_types()
        target = SITES / fingerprint(WEB)
        if not target.exists():
            SITES.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=SITES) as scratch:
                site = Path(scratch) / "site"
                npm("run", "build", "--", "--outDir", str(site), "--emptyOutDir")
                require_servable(site)
                found = node()
                run([found.node, str(WEB / "scripts/precompress.mjs"), str(site)], found.environment)
                with suppress(OSError):  # another checkout was first
                    site.rename(target)
            _drop_old_sites(target)
    return target


def prepare(*, types: bool) -> None:
    """Installs packages and generates types, unless they are there. Raises UnavailableError."""
    with _held():
        require_packages()
        if types:
            require_types()


def require_packages() -> None:
    """Installs what the lock file names, unless it is there already. Raises UnavailableError."""
    installed = WEB / _INSTALLED
    lock = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    if not installed.exists() or installed.read_text() != lock:
        npm("ci")
        installed.write_text(lock)


def require_types() -> None:
    """Generates what comes of the APIs, unless it is there of the same sources. Raises UnavailableError."""
    generated = WEB / _GENERATED_FROM
    sources = _digest_of(_type_sources(), ROOT)
    if not generated.exists() or generated.read_text() != sources:
        npm("run", "types")
        generated.write_text(sources)


def npm(*arguments: str) -> None:
    """Raises UnavailableError with what npm said, if it fails."""
    found = node()
    run([found.npm, *arguments], found.environment, WEB)


def fingerprint(web: Path) -> str:
    """Changes when the built site would."""
    files = (path.relative_to(web) for path in web.rglob("*") if path.is_file())
    sources = (path for path in files if not BY_PRODUCTS & set(path.parts) and path.name != _STAMP)
    return _digest_of(sources, web)


def require_servable(site: Path) -> None:
    """Raises SiteError where the function that serves it, or its Content-Security-Policy, would break it."""
    index = (site / "index.html").read_text()
    if index.count('<base href="') != 1:
        raise SiteError("The console's index.html must have one <base href>, which the function fills in.")
    if "<style" in index or "<script>" in index:
        raise SiteError("The console's index.html has a script or style in it, which no browser would run.")
    if maps := list(site.rglob("*.map")):
        raise SiteError(f"Source maps aren't deployed, but there is {maps[0].relative_to(site)}.")


@contextmanager
def _held() -> Iterator[None]:
    """One at a time: npm and the types are written to the sources' own folder."""
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "console.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _type_sources() -> Iterator[Path]:
    """Whatever the OpenAPI documents come of, the versions of the packages that make them included."""
    for folder in ("shared", "functions/admin", "functions/proxy"):
        yield from (path.relative_to(ROOT) for path in (ROOT / folder).rglob("*.py"))
    yield Path("requirements/dev.txt")
    yield (WEB / "scripts/generate-types.mjs").relative_to(ROOT)


def _digest_of(files: Iterable[Path], folder: Path) -> str:
    """Of files' names in the folder, and what is in them."""
    digest = hashlib.sha256()
    for path in sorted(files):
        content = (folder / path).read_bytes()
        digest.update(f"\n{path} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _drop_old_sites(newest: Path) -> None:
    os.utime(newest)
    finished = [path for path in SITES.iterdir() if not path.name.startswith(_UNFINISHED)]
    for old in sorted(finished, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT_SITES:]:
        shutil.rmtree(old, ignore_errors=True)
