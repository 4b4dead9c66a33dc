"""Which pages a browser lets call the API, and the headers that tell it so.

The protocol is the Fetch standard's: https://fetch.spec.whatwg.org/#http-cors-protocol. Nothing here guards
the API: that is what keys and tokens are for, which a page has to have, and no cookie carries.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_EVERY: Final = "*"
_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE"
# How long a browser may remember what it was told, in seconds; Chrome takes two hours at most.
_REMEMBERED: Final = "7200"
# What the official SDKs and this API's own clients send. Others are allowed as they are asked for.
_SENT: Final = (
    "authorization",
    "content-type",
    "x-api-key",
    "api-key",
    "anthropic-version",
    "anthropic-beta",
    "anthropic-dangerous-direct-browser-access",
    "openai-beta",
    "openai-organization",
    "openai-project",
    "idempotency-key",
    "if-match",
    "x-tollgate-stream-cost",
    "x-tollgate-downgrade",
    "x-tollgate-fallback",
    "x-stainless-arch",
    "x-stainless-async",
    "x-stainless-custom-poll-interval",
    "x-stainless-helper",
    "x-stainless-helper-method",
    "x-stainless-lang",
    "x-stainless-os",
    "x-stainless-package-version",
    "x-stainless-poll-helper",
    "x-stainless-read-timeout",
    "x-stainless-retry-count",
    "x-stainless-runtime",
    "x-stainless-runtime-version",
    "x-stainless-timeout",
)
_NAME: Final = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,64}")
_MAX_ASKED: Final = 100
PREFIX: Final = "access-control-"
"""What all headers of the protocol begin with."""


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins whose pages may call; `*` is all. None by default."""

    allowed: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> Origins:
        """Those named with commas between them, as browsers write them: in lower case, without a path."""
        return cls(frozenset(filter(None, (each.strip().lower().rstrip("/") for each in text.split(",")))))

    def preflight(self, method: str, asked: Mapping[str, str]) -> dict[str, str] | None:
        """The headers that answer a browser's question what a page may send; None if that isn't asked, or
        by a page that may send nothing. `asked` are the request's headers, their names in lower case.
        """
        if method != "OPTIONS" or "access-control-request-method" not in asked or not self._admits(asked):
            return None
        names = (*_SENT, *_names(asked.get("access-control-request-headers", "")))
        return {
            **self._origin(asked),
            "access-control-allow-methods": _METHODS,
            "access-control-allow-headers": ", ".join(dict.fromkeys(names)),
            "access-control-max-age": _REMEMBERED,
        }

    def headers(self, asked: Mapping[str, str], answered: Iterable[str]) -> dict[str, str]:
        """What is added to an answer with the headers `answered`, so that the page may read it and them."""
        if not self._admits(asked):
            return {"vary": "origin"} if self.allowed and _EVERY not in self.allowed else {}
        shown = ", ".join(sorted({each.lower() for each in answered}))
        return {**self._origin(asked), "access-control-expose-headers": shown}

    def _admits(self, asked: Mapping[str, str]) -> bool:
        return bool(self.allowed) and (
            _EVERY in self.allowed or asked.get("origin", "").lower() in self.allowed
        )

    def _origin(self, asked: Mapping[str, str]) -> dict[str, str]:
        if _EVERY in self.allowed:
            return {"access-control-allow-origin": _EVERY}
        # Said of one page alone, so no cache may give it to another.
        return {"access-control-allow-origin": asked["origin"], "vary": "origin"}


def _names(text: str) -> list[str]:
    asked = [each.strip().lower() for each in text.split(",")[:_MAX_ASKED]]
    return [each for each in asked if _NAME.fullmatch(each)]
