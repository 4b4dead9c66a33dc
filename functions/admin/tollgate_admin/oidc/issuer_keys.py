"""An issuer's keys, remembered for a while, so that it is asked seldom, whatever is sent here."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from tollgate.lean_dataclass import dataclass
from tollgate_admin.oidc.issuer_documents import DocumentError
from tollgate_admin.oidc.refused_tokens import IssuerUnavailableError

# A key that the issuer takes back is refused after this time.
_LIFETIME_SECONDS = 3600.0
# An unknown key may be a new one, or forged: the issuer is asked no more often than this.
_REFRESH_SECONDS = 60.0
# While it is down, too.
_RETRY_SECONDS = 10.0


@dataclass(slots=True)
class IssuerKeys:
    """`fetch` asks the issuer for its keys, as JWKs; it raises `DocumentError`."""

    fetch: Callable[[], list[dict[str, Any]]]
    monotonic: Callable[[], float] = time.monotonic
    _known: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    _read_at: float | None = None
    _failed_at: float | None = None

    def of_id(self, key_id: str) -> list[dict[str, Any]]:
        """The keys of an id, which may be of different types; raises `IssuerUnavailableError`."""
        age = None if self._read_at is None else self.monotonic() - self._read_at
        is_due = age is None or age >= _LIFETIME_SECONDS
        if is_due or (key_id not in self._known and age is not None and age >= _REFRESH_SECONDS):
            self._refresh()
        return self._known.get(key_id, [])

    def _refresh(self) -> None:
        now = self.monotonic()
        if self._failed_at is not None and now < self._failed_at + _RETRY_SECONDS:
            raise _unavailable("it didn't answer a moment ago")
        try:
            listed = self.fetch()
        except DocumentError as error:
            self._failed_at = self.monotonic()
            raise _unavailable(str(error)) from error
        self._known, self._read_at, self._failed_at = _by_id(listed), now, None


def _by_id(listed: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for each in listed:
        if isinstance(each.get("kid"), str):
            found.setdefault(each["kid"], []).append(each)
    return found


def _unavailable(why: str) -> IssuerUnavailableError:
    return IssuerUnavailableError(f"The identity provider's keys can't be had: {why}.", int(_RETRY_SECONDS))
