"""Bearer tokens that are minted with a provider's key, kept, and renewed before they end."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from tollgate.catalog.provider_auth import NoTokenError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping
    from datetime import datetime

    from tollgate.catalog.provider_auth import OutboundRequest

# A token is renewed so long before its end, or when half of its time is over if that is later.
_MARGIN = timedelta(minutes=5)
# When a token is asked for again that wasn't given, as long as the old one holds.
_PATIENCE = timedelta(seconds=10)
# Of so many keys tokens are kept. Keys change rarely; what is no longer used goes with the rest.
_MAX_KEPT = 64


class Token(NamedTuple):
    """`ends` is when it stops being accepted."""

    text: str
    ends: datetime

    def __repr__(self) -> str:
        return f"Token(ends={self.ends})"


class Ask(Protocol):
    """Posts a body to a URL of a token endpoint, and has the answer's body of a success."""

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> bytes:
        """Raises `NoTokenError`; takes no longer than some seconds."""


class _Kept(NamedTuple):
    token: Token
    renew_at: datetime


class MintedBearer:
    """A bearer token that is minted when a request first needs it. Requests of the same `which` share it."""

    def __init__(
        self,
        mint: Callable[[OutboundRequest, str], Token],
        which: Callable[[OutboundRequest, str], Hashable],
    ) -> None:
        self._mint = mint
        self._which = which
        self._kept: dict[Hashable, _Kept] = {}

    def headers(self, asked: OutboundRequest, key: str) -> Mapping[str, str]:
        """Raises `UnusableKeyError` and `NoTokenError`."""
        which = self._which(asked, key)
        kept = self._kept.get(which)
        if kept is None or asked.at >= kept.renew_at:
            kept = self._renewed(kept, asked, key)
            if len(self._kept) >= _MAX_KEPT:
                self._kept.clear()
            self._kept[which] = kept
        return {"authorization": f"Bearer {kept.token.text}"}

    def _renewed(self, kept: _Kept | None, asked: OutboundRequest, key: str) -> _Kept:
        try:
            token = self._mint(asked, key)
        except NoTokenError:
            if kept is None or asked.at >= kept.token.ends:
                raise
            return kept._replace(renew_at=asked.at + _PATIENCE)
        return _Kept(token, token.ends - min(_MARGIN, (token.ends - asked.at) / 2))


def answered(body: bytes) -> Mapping[str, Any]:
    """What a token endpoint's answer has; raises `NoTokenError`, which shows nothing of it."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NoTokenError("the token endpoint's answer isn't a JSON object")
    return found


def granted(answer: Mapping[str, Any], at: datetime) -> Token:
    """The token of a successful answer (RFC 6749, 5.1); raises `NoTokenError`."""
    text, seconds = answer.get("access_token"), answer.get("expires_in")
    if isinstance(seconds, str) and seconds.isdigit():
        seconds = int(seconds)
    if not (isinstance(seconds, int | float) and 0 < seconds < timedelta.max.days):
        raise NoTokenError("the token endpoint didn't say how long its token holds")
    return Token(sendable(text), at + timedelta(seconds=seconds))


def sendable(text: Any) -> str:
    """A token that a header can have; raises `NoTokenError`."""
    if not (isinstance(text, str) and text and text.isascii() and text.isprintable() and " " not in text):
        raise NoTokenError("the token endpoint's answer has no token")
    return text
