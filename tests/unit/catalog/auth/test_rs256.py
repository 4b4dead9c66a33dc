"""Signatures by RSA, as the library makes them that the proxy does without."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tests.support import cloud_keys
from tollgate.catalog.auth import rs256


@pytest.mark.parametrize("message", [b"", b"head.claims", bytes(range(256)) * 40])
def test_a_signature_is_the_librarys(message):
    expected = cloud_keys.rsa_key().sign(message, padding.PKCS1v15(), hashes.SHA256())
    assert rs256.signature(message, rs256.private_key(cloud_keys.pem())) == expected


def test_a_key_whose_numbers_do_not_go_together_signs_nothing():
    key = rs256.private_key(cloud_keys.pem())
    with pytest.raises(ArithmeticError):
        rs256.signature(b"message", key._replace(dp=key.dp + 2))


def damaged(change):
    head, *lines, end = cloud_keys.pem().splitlines()
    content = bytearray(base64.b64decode("".join(lines)))
    return "\n".join([head, base64.b64encode(change(content)).decode(), end])


@pytest.mark.parametrize(
    "pem",
    [
        lambda: "",
        lambda: "not a key",
        lambda: cloud_keys.pem()[:400],
        lambda: cloud_keys.pem() + "more",
        lambda: cloud_keys.pem().replace("M", "*"),
        lambda: cloud_keys.pem(form=serialization.PrivateFormat.TraditionalOpenSSL),
        lambda: cloud_keys.pem(ec.generate_private_key(ec.SECP256R1())),
        lambda: cloud_keys.pem(rsa.generate_private_key(65537, 1024)),  # noqa: S505 - such as is refused
        lambda: damaged(lambda content: content[:-100]),
        lambda: damaged(lambda content: content[:40] + bytes([content[40] ^ 1]) + content[41:]),
        lambda: damaged(lambda _content: b"\x30\x00"),
        lambda: damaged(lambda _content: b""),
    ],
)
def test_what_is_no_key_of_rsa_is_refused_and_not_shown(pem):
    with pytest.raises(ValueError, match=r"^it (is|isn't|can't)") as refused:
        rs256.private_key(pem())
    assert refused.value.__cause__ is None
    assert len(str(refused.value)) < 80


def test_a_key_does_not_show_itself():
    key = rs256.private_key(cloud_keys.pem())
    assert repr(key) == "PrivateKey(...)"
