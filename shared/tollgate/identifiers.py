"""Identifiers: readable prefixes, and request ids that sort by time."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import UTC, datetime, timedelta

# Crockford's base 32 in lower case: its digits sort as their values do.
_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"
_TIME_DIGITS = 10
_RANDOM_BITS = 80
_RANDOM_DIGITS = 16
_REQUEST_ID = re.compile(f"req_([{_BASE32}]{{{_TIME_DIGITS + _RANDOM_DIGITS}}})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def request_id(at: datetime) -> str:
    """A new request id: 48 bits of milliseconds, then 80 random bits (the layout of a ULID)."""
    return first_request_id(at) + _random()


def alert_id(at: datetime) -> str:
    """A new alert's id, in the same layout."""
    return f"alr_{_time(at)}{_random()}"


def first_request_id(at: datetime) -> str:
    """What sorts before every request id of that moment and later ones, and after all earlier ones."""
    return f"req_{_time(at)}"


def moment_of(request_id: str) -> datetime:
    """When a request id was made; raises ValueError for what is none."""
    try:
        return _EPOCH + timedelta(milliseconds=bits_of(request_id) >> _RANDOM_BITS)
    except OverflowError as error:
        raise ValueError(f"{request_id!r} is of no year that there is") from error


def bits_of(request_id: str) -> int:
    """What a request id is made of: milliseconds since 1970, then 80 random bits.

    They are 128 bits for all moments of the next 8,000 years. Raises ValueError for what is no request id.
    """
    found = _REQUEST_ID.fullmatch(request_id)
    if found is None:
        raise ValueError(f"{request_id!r} is no request id")
    bits = 0
    for digit in found[1]:
        bits = bits << 5 | _BASE32.index(digit)
    return bits


def id_from_name(prefix: str, name: str) -> str:
    """The id of a thing that is unique by its name.

    Deriving the id lets one conditional put refuse a name that is taken, and lets a reader that
    knows only the name fetch the item by its key.
    """
    return f"{prefix}_{hashlib.sha256(name.encode(errors='surrogatepass')).hexdigest()[:20]}"


def _time(at: datetime) -> str:
    return _base32(int(at.timestamp() * 1000), _TIME_DIGITS)


def _random() -> str:
    return _base32(secrets.randbits(_RANDOM_BITS), _RANDOM_DIGITS)


def _base32(number: int, digits: int) -> str:
    return "".join(_BASE32[number >> (5 * place) & 31] for place in reversed(range(digits)))
