"""API keys: issued, shown once, and recognised without a database."""

from __future__ import annotations

import hashlib
import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import KEY
from tollgate.keys import api_keys

REVEALED = "sk-tg-0123456789abcdefSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS1GkgAw"


def test_an_issued_key_is_the_key_that_its_holder_sends():
    issued = api_keys.issue()
    assert api_keys.parse(issued.reveal()) == issued
    assert re.fullmatch(r"sk-tg-[0-9A-Za-z]{54}", issued.reveal())
    assert re.fullmatch(r"key_[0-9A-Za-z]{16}", issued.key_id)


def test_no_two_keys_share_an_id_or_a_secret():
    issued = [api_keys.issue() for _ in range(100)]
    assert len({key.key_id for key in issued}) == len({key.secret for key in issued}) == 100


def test_keys_in_the_hands_of_clients_stay_valid():
    """Another layout or checksum would lock every holder out."""
    assert KEY.reveal() == REVEALED
    assert api_keys.parse(REVEALED) == KEY


def test_only_a_hash_of_the_secret_is_for_storing():
    assert KEY.secret_hash == hashlib.sha256(b"S" * 32).hexdigest()


def test_a_key_shows_no_secret_in_a_log():
    assert KEY.key_id in repr(KEY)
    assert "SSSS" not in repr(KEY)


@given(place=st.integers(0, len(REVEALED) - 1), typed=st.sampled_from(string.printable + "äß€"))
@settings(max_examples=200, deadline=None)
def test_a_key_with_one_wrong_character_is_no_key(place, typed):
    mistyped = REVEALED[:place] + typed + REVEALED[place + 1 :]
    assert (api_keys.parse(mistyped) is None) == (mistyped != REVEALED)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sk-tg-",
        REVEALED[:-1],
        REVEALED[1:],
        REVEALED + "0",
        f" {REVEALED[:-1]}",
        REVEALED.replace("sk-tg-", "sk-gt-"),
        REVEALED.upper(),
        "0123456789abcdef" * 4,
    ],
)
def test_what_is_cut_longer_or_of_another_kind_is_no_key(text):
    assert api_keys.parse(text) is None


@pytest.mark.parametrize(
    "other",
    [
        api_keys.ApiKey("key_0123456789abcde", "S" * 32),
        api_keys.ApiKey("key_0123456789abcdef", "S" * 33),
        api_keys.ApiKey("key_", ""),
    ],
)
def test_a_key_of_another_length_is_none_even_if_its_checksum_is_right(other):
    assert api_keys.parse(other.reveal()) is None


@given(st.text(string.printable + "äß€", min_size=54, max_size=54))
@settings(max_examples=100, deadline=None)
def test_made_up_text_behind_the_prefix_is_no_key(text):
    assert api_keys.parse(f"sk-tg-{text}") is None
