"""How a request proves to a provider whose it is.

A scheme sees the request as it is about to be sent, so that one that signs it fits in beside those that only
put a key into a header.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    """A request to a provider, whole but for what proves whose it is. Header names are in lower case.

    `at` is when it is sent, for what is signed with a time, or a token that may have expired.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    at: datetime
    body: bytes | None = None


class UnusableKeyError(ValueError):
    """A key of which a scheme can make nothing."""


class ForeignHostError(ValueError):
    """A host that must not be sent what a scheme would prove there."""


class NoTokenError(Exception):
    """A token, or whatever else a scheme has to get first, and wasn't given, for now.

    It says why, and nothing secret.
    """


class ProviderAuth(Protocol):
    """A way to prove it. Whether it needs a key is known by its name (`AuthHeader`)."""

    def headers(self, asked: OutboundRequest, key: str) -> Mapping[str, str]:
        """What the request needs besides its own headers; without a need for it, the key is empty.

        Raises `UnusableKeyError`, `ForeignHostError` and `NoTokenError`.
        """


@dataclass(frozen=True, slots=True)
class BearerKey:
    """The key as a bearer token (RFC 6750)."""

    def headers(self, _asked: OutboundRequest, key: str) -> Mapping[str, str]:
        return {"authorization": f"Bearer {key}"}


@dataclass(frozen=True, slots=True)
class KeyHeader:
    """The key bare, in a header of its own."""

    name: str

    def headers(self, _asked: OutboundRequest, key: str) -> Mapping[str, str]:
        return {self.name: key}


@dataclass(frozen=True, slots=True)
class NoKey:
    """Nothing: the provider serves whoever can reach it."""

    def headers(self, _asked: OutboundRequest, _key: str) -> Mapping[str, str]:
        return {}
