"""Requests below /console: a file, the document that shows any page, or what the deployment tells it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from tollgate.lean_dataclass import dataclass
from tollgate_console.content_codings import IDENTITY, chosen
from tollgate_console.security_headers import security_headers
from tollgate_console.site import HASHED, INDEX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tollgate_console.issuers import Issuer
    from tollgate_console.site import Site, SiteFile

_CONFIG: Final = "config.json"
_METHODS: Final = "GET, HEAD"
# Hashed names last for ever, others for an hour; the document names the hashed ones, so it must be fresh.
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_FOR_AN_HOUR: Final = "public, max-age=3600"
_NEVER: Final = "no-store"
# In no page's path and no file's: steps out of a folder, what browsers take for one, control characters.
_REFUSED: Final = re.compile(r"(^|[/\\])\.\.?($|[/\\])|\\|[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    chunks: Iterable[bytes]
    after: Callable[[], None] = lambda: None


class Console:
    """`issuer` says at which one viewers may sign in now."""

    def __init__(self, site: Site, issuer: Callable[[], Issuer | None]) -> None:
        self._site = site
        self._issuer = issuer
        self._headers = security_headers()

    def answer(self, method: str, path: str, accepted: str, calls_url: str | None = None) -> Answer:
        """Of a request for what follows /console in `path`; `accepted` is its Accept-Encoding.

        `calls_url` is the root of the API that keys are for, None if that is the console's own.
        """
        if method == "GET":
            return self._found(path, accepted, calls_url)
        if method == "HEAD":
            return replace(self._found(path, accepted, calls_url), chunks=[])
        refusal = self._problem(HTTPStatus.METHOD_NOT_ALLOWED, f"The console takes {_METHODS} only.")
        return replace(refusal, headers={**refusal.headers, "allow": _METHODS})

    def _found(self, path: str, accepted: str, calls_url: str | None) -> Answer:
        if not path:
            # Relative, so that it keeps what precedes it: a stage, a custom domain's base path.
            redirect = {"location": "console/", "cache-control": _NEVER}
            return self._made(HTTPStatus.PERMANENT_REDIRECT, redirect, b"")
        name = path.removeprefix("/")
        if _REFUSED.search(name):
            return self._problem(HTTPStatus.NOT_FOUND, "The console has no such page.")
        if name == _CONFIG:
            return self._told(calls_url)
        file = None if name == INDEX else self._site.file(name)
        if file is not None:
            return self._file(file, accepted)
        if _is_file(name):
            return self._problem(HTTPStatus.NOT_FOUND, "The console has no such file.")
        return self._page(name)

    def _file(self, file: SiteFile, accepted: str) -> Answer:
        coding = chosen(accepted, file.codings)
        headers = {
            "content-type": file.media_type,
            "cache-control": _FOR_EVER if file.immutable else _FOR_AN_HOUR,
            "vary": "accept-encoding",
        }
        if coding != IDENTITY:
            headers["content-encoding"] = coding
        return self._made(HTTPStatus.OK, headers, file.codings[coding].read_bytes())

    def _page(self, name: str) -> Answer:
        headers = {"content-type": "text/html; charset=utf-8", "cache-control": _NEVER}
        issuer = self._issuer()
        asked = (issuer.url, *issuer.origins) if issuer else ()
        # What a page may do is decided by its document's headers.
        headers |= security_headers(asked)
        return self._made(HTTPStatus.OK, headers, self._site.page("../" * name.count("/") or "./"))

    def _told(self, calls_url: str | None) -> Answer:
        headers = {"content-type": "application/json", "cache-control": _NEVER}
        issuer = self._issuer()
        told = issuer and {
            "issuer": issuer.url,
            "clientId": issuer.client_id,
            "scopes": issuer.scopes,
            "name": issuer.name,
        }
        return self._made(HTTPStatus.OK, headers, json.dumps({"oidc": told, "callsUrl": calls_url}).encode())

    def _problem(self, status: HTTPStatus, detail: str) -> Answer:
        problem: dict[str, object] = {
            "type": "about:blank",
            "title": status.phrase,
            "status": status.value,
            "detail": detail,
            "errors": [],
        }
        headers = {"content-type": "application/problem+json", "cache-control": _NEVER}
        return self._made(status, headers, json.dumps(problem).encode())

    def _made(self, status: HTTPStatus, headers: Mapping[str, str], body: bytes) -> Answer:
        return Answer(status.value, {**self._headers, **headers}, [body])


def _is_file(name: str) -> bool:
    """Whether what isn't there would be a file: pages have no dot in their names."""
    return name.startswith(HASHED) or ("." in name.rpartition("/")[2] and name != INDEX)
