"""Tokens as their holders send them: a prefix, then an id, a secret and a checksum.

The three parts have fixed widths and use the alphabet [0-9A-Za-z]. By the prefix scanners find a token that
leaked. The checksum lets a mistyped or truncated one be refused without a database call; it authenticates
nothing. Only a hash of the secret is stored: with 190 random bits a plain SHA-256 can't be searched.
"""

from __future__ import annotations

import hashlib
import secrets
import string
import zlib

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ID_LENGTH = 16
_SECRET_LENGTH = 32
_CHECKSUM_LENGTH = 6
_LENGTH = _ID_LENGTH + _SECRET_LENGTH + _CHECKSUM_LENGTH


def new_id() -> str:
    return _random(_ID_LENGTH)


def new_secret() -> str:
    return _random(_SECRET_LENGTH)


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def format_token(prefix: str, token_id: str, secret: str) -> str:
    """The whole token, as it is shown to its holder once."""
    payload = token_id + secret
    return f"{prefix}{payload}{_checksum(payload)}"


def parse_token(prefix: str, sent: str) -> tuple[str, str] | None:
    """The id and the secret in a text, or None if it can't be a token (wrong prefix, length or checksum)."""
    if len(sent) != len(prefix) + _LENGTH or not sent.startswith(prefix):
        return None
    payload, checksum = sent[len(prefix) : -_CHECKSUM_LENGTH], sent[-_CHECKSUM_LENGTH:]
    if _checksum(payload) != checksum:
        return None
    return payload[:_ID_LENGTH], payload[_ID_LENGTH:]


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _checksum(payload: str) -> str:
    number = zlib.crc32(payload.encode())
    digits = ""
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
