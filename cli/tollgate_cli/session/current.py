"""The session of the command that runs."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tollgate_client import AdminClient, Client

if TYPE_CHECKING:
    import httpx

    from tollgate_cli.output.printer import Output


@dataclass
class Session:
    """A gateway's URL (without a slash at its end), the tokens that there are for it, and the output.

    `transport` stands in for the network in tests.
    """

    url: str
    admin_token: str | None
    api_key: str | None
    output: Output
    transport: httpx.BaseTransport | None = None

    @cached_property
    def admin(self) -> AdminClient:
        """The admin API. Raises `UsageError`, which says how to sign in, if there is no token."""
        return AdminClient(f"{self.url}/api/admin", self.admin_token or "", transport=self.transport)

    @cached_property
    def client(self) -> Client:
        """What a key's holder may ask. Raises `UsageError`, which says how to sign in, if there is no key."""
        return Client(f"{self.url}/v1", self.api_key or "", transport=self.transport)


_current: ContextVar[Session] = ContextVar("session")


def session() -> Session:
    """That of the command that runs."""
    return _current.get()


def use(chosen: Session) -> None:
    """For the root command, and for tests."""
    _current.set(chosen)
