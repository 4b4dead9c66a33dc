"""Why nobody is let in by an ID token."""

from __future__ import annotations


class IdTokenError(Exception):
    """A token that isn't taken. The message is a sentence for its holder, without anything of the token."""


class NoRoleError(Exception):
    """A token that is valid and gives no role."""


class IssuerUnavailableError(Exception):
    """Whether a token is valid can't be said now. `retry_after` is when to ask again, in seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
