"""Bearer tokens that the mock's token endpoints have issued."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any


class IssuedTokens:
    """Each until it ends."""

    def __init__(self) -> None:
        self._ends: dict[str, datetime] = {}

    def issue(self, seconds: int) -> str:
        token = f"ya29.{secrets.token_urlsafe(24)}"
        self._ends[token] = datetime.now(UTC) + timedelta(seconds=seconds)
        return token

    def granted(self, seconds: int) -> dict[str, Any]:
        """A new one, as RFC 6749, 5.1 has it answered."""
        return {"access_token": self.issue(seconds), "expires_in": seconds, "token_type": "Bearer"}

    def end(self, token: str) -> datetime:
        return self._ends[token]

    def holds(self, token: str) -> bool:
        ends = self._ends.get(token)
        return ends is not None and datetime.now(UTC) < ends

    def clear(self) -> None:
        self._ends.clear()
