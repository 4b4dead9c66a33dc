"""API keys as clients send them: `sk-tg-`, then the key's id, a secret and a checksum.

The three parts have fixed widths and use the alphabet [0-9A-Za-z]. The checksum lets a mistyped
or truncated key be refused without a database call; it authenticates nothing. Only a hash of the
secret is stored: with 190 random bits a plain SHA-256 can't be searched.
"""

from __future__ import annotations

import hashlib
import secrets
import string
import zlib
from dataclasses import dataclass, field

PREFIX = "sk-tg-"
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ID_LENGTH = 16
_SECRET_LENGTH = 32
_CHECKSUM_LENGTH = 6
_LENGTH = len(PREFIX) + _ID_LENGTH + _SECRET_LENGTH + _CHECKSUM_LENGTH


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A client's key. Its `repr` shows the id alone, so that a log can't leak the secret."""

    key_id: str
    secret: str = field(repr=False)

    @property
    def secret_hash(self) -> str:
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def reveal(self) -> str:
        """The whole key, as it is shown to its holder once."""
        payload = self.key_id.removeprefix("key_") + self.secret
        return f"{PREFIX}{payload}{_checksum(payload)}"


def issue(key_id: str | None = None) -> ApiKey:
    """A new key, or a new secret for one that there is."""
    return ApiKey(key_id=key_id or f"key_{_random(_ID_LENGTH)}", secret=_random(_SECRET_LENGTH))


def parse(text: str) -> ApiKey | None:
    """The key in `text`, or None if it can't be one (wrong prefix, length or checksum)."""
    if len(text) != _LENGTH or not text.startswith(PREFIX):
        return None
    payload, checksum = text[len(PREFIX) : -_CHECKSUM_LENGTH], text[-_CHECKSUM_LENGTH:]
    if _checksum(payload) != checksum:
        return None
    return ApiKey(key_id=f"key_{payload[:_ID_LENGTH]}", secret=payload[_ID_LENGTH:])


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _checksum(payload: str) -> str:
    number = zlib.crc32(payload.encode())
    digits = ""
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
