"""API keys as clients send them: tokens that begin with `sk-tg-`."""

from __future__ import annotations

from dataclasses import field

from tollgate import secret_tokens
from tollgate.lean_dataclass import dataclass

PREFIX = "sk-tg-"
_ID_PREFIX = "key_"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A client's key. Its `repr` shows the id alone, so that a log can't leak the secret."""

    key_id: str
    secret: str = field(repr=False)

    @property
    def secret_hash(self) -> str:
        return secret_tokens.hash_of(self.secret)

    def reveal(self) -> str:
        """The whole key, as it is shown to its holder once."""
        return secret_tokens.format_token(PREFIX, self.key_id.removeprefix(_ID_PREFIX), self.secret)


def issue(key_id: str | None = None) -> ApiKey:
    """A new key, or a new secret for one that there is."""
    return ApiKey(key_id or f"{_ID_PREFIX}{secret_tokens.new_id()}", secret_tokens.new_secret())


def parse(text: str) -> ApiKey | None:
    """The key in `text`, or None if it can't be one."""
    found = secret_tokens.parse_token(PREFIX, text)
    return ApiKey(f"{_ID_PREFIX}{found[0]}", found[1]) if found else None
