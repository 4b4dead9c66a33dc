"""The console's files as they were built, and which of them a path is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tollgate.lean_dataclass import dataclass
from tollgate_console.content_codings import IDENTITY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

INDEX: Final = "index.html"
# What Vite puts there has the hash of its content in its name.
HASHED: Final = "assets/"
# What stands beside a file, as whose content in that coding.
_CODINGS: Final = {".br": "br", ".gz": "gzip"}
_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_BASE: Final = re.compile(r'(<base href=")[^"]*')


@dataclass(frozen=True, slots=True)
class SiteFile:
    media_type: str
    codings: Mapping[str, Path]
    """By content coding, where that content is. There is always an identity."""
    immutable: bool
    """Whether another content would have another name."""


class Site:
    """Knows all its files from the beginning: a path that names none of them is never looked for on disk."""

    def __init__(self, folder: Path) -> None:
        files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        self._files = {
            name: SiteFile(_MEDIA_TYPES[path.suffix], _codings(name, files), name.startswith(HASHED))
            for name, path in files.items()
            if path.suffix not in _CODINGS
        }
        self._index = self._files[INDEX].codings[IDENTITY].read_text()

    def file(self, name: str) -> SiteFile | None:
        return self._files.get(name)

    def page(self, base: str) -> bytes:
        """The one document there is, with `base` for its URLs, which may itself be relative to the page's."""
        return _BASE.sub(rf"\g<1>{base}", self._index, count=1).encode()


def _codings(name: str, files: Mapping[str, Path]) -> dict[str, Path]:
    coded = {coding: files[name + suffix] for suffix, coding in _CODINGS.items() if name + suffix in files}
    return {IDENTITY: files[name], **coded}
