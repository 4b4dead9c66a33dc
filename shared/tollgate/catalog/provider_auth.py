"""How a request proves to a provider whose it is.

A scheme sees the request as it is about to be sent, so that one that signs it fits in beside those that only
put a key into a header.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request to a provider, whole but for what proves whose it is. Header names are in lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None


class UnusableKeyError(ValueError):
    """A key of which a scheme can make nothing."""


class ProviderAuth(Protocol):
    """A way to prove it. With `needs_key`, a provider can't be asked before it has been given a key."""

    @property
    def needs_key(self) -> bool: ...

    def headers(self, asked: Outgoing, key: str) -> Mapping[str, str]:
        """What the request needs besides its own headers; without a need for it, the key is empty.

        Raises `UnusableKeyError`.
        """


@dataclass(frozen=True, slots=True)
class BearerKey:
    """The key as a bearer token (RFC 6750)."""

    needs_key: ClassVar[bool] = True

    def headers(self, _asked: Outgoing, key: str) -> Mapping[str, str]:
        return {"authorization": f"Bearer {key}"}


@dataclass(frozen=True, slots=True)
class KeyHeader:
    """The key bare, in a header of its own."""

    name: str
    needs_key: ClassVar[bool] = True

    def headers(self, _asked: Outgoing, key: str) -> Mapping[str, str]:
        return {self.name: key}


@dataclass(frozen=True, slots=True)
class NoKey:
    """Nothing: the provider serves whoever can reach it."""

    needs_key: ClassVar[bool] = False

    def headers(self, _asked: Outgoing, _key: str) -> Mapping[str, str]:
        return {}
