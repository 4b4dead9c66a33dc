"""Tokens that are minted when they are needed, kept, and renewed before they end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.builders import NOW
from tollgate.catalog.auth import minted_tokens
from tollgate.catalog.auth.minted_tokens import MintedBearer, Token
from tollgate.catalog.provider_auth import NoTokenError, OutboundRequest


def asked(seconds=0.0):
    return OutboundRequest("POST", "https://a.example", {}, NOW + timedelta(seconds=seconds))


class Mint:
    """Numbers its tokens, which hold for an hour; gives none while `fails`."""

    def __init__(self, lifetime=timedelta(hours=1)):
        self.count, self.fails, self.lifetime = 0, False, lifetime

    def __call__(self, request, key):
        self.count += 1
        if self.fails:
            raise NoTokenError("not now")
        return Token(f"{key}-{self.count}", request.at + self.lifetime)


@pytest.fixture
def mint():
    return Mint()


@pytest.fixture
def bearer(mint):
    return MintedBearer(mint, lambda _asked, key: key)


def sent(bearer, seconds, key="key"):
    return bearer.headers(asked(seconds), key)["authorization"]


def test_a_token_is_used_until_shortly_before_its_end(bearer, mint):
    assert {sent(bearer, at) for at in (0, 1, 3299)} == {"Bearer key-1"}
    assert sent(bearer, 3300) == "Bearer key-2"
    assert mint.count == 2


def test_a_short_token_is_renewed_at_half_of_its_time():
    bearer = MintedBearer(Mint(timedelta(seconds=8)), lambda _asked, key: key)
    assert [sent(bearer, at) for at in (0, 3.9, 4)] == ["Bearer key-1", "Bearer key-1", "Bearer key-2"]


def test_each_key_has_a_token_of_its_own(bearer):
    assert [sent(bearer, 0, key) for key in ("a", "b", "a")] == ["Bearer a-1", "Bearer b-2", "Bearer a-1"]


def test_a_token_that_still_holds_goes_on_while_no_other_is_given_and_others_are_asked_for_now_and_then(
    bearer, mint
):
    sent(bearer, 0)
    mint.fails = True
    assert {sent(bearer, at) for at in (3300, 3301, 3309)} == {"Bearer key-1"}
    assert mint.count == 2
    assert sent(bearer, 3310) == "Bearer key-1"
    assert mint.count == 3
    with pytest.raises(NoTokenError):
        sent(bearer, 3600)
    mint.fails = False
    assert sent(bearer, 3601) == "Bearer key-5"


def test_tokens_of_many_keys_do_not_pile_up(bearer):
    for number in range(200):
        sent(bearer, 0, str(number))
    assert len(bearer._kept) <= 64


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        ({"access_token": "t", "expires_in": 3599}, 3599),
        ({"access_token": "t", "expires_in": "3599", "token_type": "Bearer"}, 3599),
        ({"access_token": "t", "expires_in": 0.5}, 0.5),
    ],
)
def test_an_answer_says_how_long_its_token_holds(answer, seconds):
    assert minted_tokens.granted(answer, NOW) == Token("t", NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[" * 100_000,
        b'["t"]',
        b'{"access_token": "t"}',
        b'{"access_token": "t", "expires_in": 0}',
        b'{"access_token": "t", "expires_in": NaN}',
        b'{"access_token": "t", "expires_in": 1e300}',
        b'{"expires_in": 60}',
        b'{"access_token": "", "expires_in": 60}',
        b'{"access_token": "a\\r\\nx: y", "expires_in": 60}',
        b'{"access_token": 7, "expires_in": 60}',
    ],
)
def test_an_answer_without_a_usable_token_is_none(body):
    with pytest.raises(NoTokenError):
        minted_tokens.granted(minted_tokens.answered(body), NOW)


def test_a_token_does_not_show_itself():
    assert "secret" not in repr(Token("secret", NOW))
