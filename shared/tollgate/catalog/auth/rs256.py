"""RS256 (RFC 7518, 3.3), with the standard library alone.

`cryptography` is 5 MB for Lambda, more than twice the proxy with all that it has (`docs/bedrock.md`), and
other libraries do what is done here. To sign is a power modulo the key's: of a number that says nothing
secret, once in an hour, and blinded, so that the time which it takes tells nothing of the key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from typing import NamedTuple

_BEGIN, _END = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"
# DER's tags (X.690), and what PKCS #8 has before a key of RSA: version, algorithm (RFC 5208; RFC 8017, A.1).
_INTEGER, _OCTETS, _SEQUENCE = 0x02, 0x04, 0x30
_RSA = bytes.fromhex("020100300d06092a864886f70d0101010500")
# What comes before a digest by SHA-256 (RFC 8017, 9.2).
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
# Below this no signature of SHA-256 would be any good, above it none would be made in time.
_MIN_BITS, _MAX_BITS = 2048, 8192


class PrivateKey(NamedTuple):
    """What a key of RSA consists of (RFC 8017, A.1.2)."""

    n: int
    e: int
    d: int
    p: int
    q: int
    dp: int
    dq: int
    q_inverse: int

    def __repr__(self) -> str:
        return "PrivateKey(...)"


def private_key(pem: str) -> PrivateKey:
    """An unencrypted key as PKCS #8 has it, in PEM (RFC 5208). Raises ValueError, which shows none of it."""
    head, begin, rest = pem.strip().partition(_BEGIN)
    text, end, tail = rest.partition(_END)
    if head or tail or not (begin and end):
        raise ValueError("it is no private key in PEM of PKCS #8")
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
        outer, _ = _element(content, _SEQUENCE)
        if not outer.startswith(_RSA):
            raise ValueError("it is no key of RSA")
        octets, _ = _element(outer[len(_RSA) :], _OCTETS)
        numbers, _ = _element(octets, _SEQUENCE)
        version, *parts = _integers(numbers)
        key = PrivateKey(*parts)
    except (binascii.Error, IndexError, TypeError):
        raise ValueError("it can't be read") from None
    is_sound = version == 0 and key.p * key.q == key.n and _MIN_BITS <= key.n.bit_length() <= _MAX_BITS
    if not is_sound:
        raise ValueError(f"it is no key of RSA with {_MIN_BITS} to {_MAX_BITS} bits")
    return key


def signature(message: bytes, key: PrivateKey) -> bytes:
    """RSASSA-PKCS1-v1_5 (RFC 8017, 8.2.1) with SHA-256."""
    length = (key.n.bit_length() + 7) // 8
    digest = _SHA256 + hashlib.sha256(message).digest()
    padded = int.from_bytes(b"\x00\x01" + b"\xff" * (length - len(digest) - 3) + b"\x00" + digest, "big")
    blinding = secrets.randbelow(key.n - 2) + 2
    blinded = padded * pow(blinding, key.e, key.n) % key.n
    by_p, by_q = pow(blinded, key.dp, key.p), pow(blinded, key.dq, key.q)
    power = by_q + key.q * ((by_p - by_q) * key.q_inverse % key.p)
    signed = power * pow(blinding, -1, key.n) % key.n
    if pow(signed, key.e, key.n) != padded:
        # One that is wrong could tell the key's factors.
        raise ArithmeticError("the key's numbers don't go together")
    return signed.to_bytes(length, "big")


def _integers(content: bytes) -> list[int]:
    numbers = []
    while content:
        number, content = _element(content, _INTEGER)
        numbers.append(int.from_bytes(number, "big"))
    return numbers


def _element(content: bytes, tag: int) -> tuple[bytes, bytes]:
    """What an element has in it, and what follows it."""
    if content[0] != tag:
        raise ValueError("it isn't what a private key is made of")
    length, begins = content[1], 2
    if length & 0x80:
        begins = 2 + (length & 0x7F)
        length = int.from_bytes(content[2:begins], "big")
    ends = begins + length
    if ends > len(content):
        raise ValueError("it is cut off")
    return content[begins:ends], content[ends:]
