"""How many tokens a text is at most: no fewer than any vocabulary makes of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench import bounds
from tollgate_proxy.bounds.common_words import TOKENS
from tollgate_proxy.bounds.single_letters import SINGLE
from tollgate_proxy.bounds.texts import LOOKED_AT, coarse_max_tokens, max_tokens

# Texts as `tests.bench.hostile_texts` makes them, with the most tokens that any of the vocabularies named in
# `tollgate_proxy.bounds.common_words` makes of them.
HOSTILE = json.loads(Path(__file__).with_name("hostile_texts.json").read_text())
TEXT = st.text(st.sampled_from("abc THE the,.  \n'\"é模🦙я"), max_size=60)


def test_no_hostile_text_is_bounded_below_what_a_vocabulary_makes_of_it():
    assert [text for text, counted in HOSTILE if max_tokens(text) < counted] == []
    assert len(HOSTILE) > 600


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 1),
        ("hi", 3),
        ("the the the", 4),
        ("The", 3),
        ("xyzzy", 6),
        ("12345", 6),
        ("        return", 5),
        ("Он", 6),
    ],
)
def test_common_words_and_spaces_are_few_tokens_and_all_else_is_its_bytes(text, tokens):
    """One more each, for the space that some vocabularies begin with."""
    assert max_tokens(text) == tokens


@given(TEXT)
@settings(max_examples=200, deadline=None)
def test_a_text_is_bounded_below_its_coarse_bound(text):
    assert max_tokens(text) <= coarse_max_tokens(text) + 3


@given(TEXT)
@settings(max_examples=200, deadline=None)
def test_texts_apart_are_bounded_by_no_less_than_together(text):
    assert max_tokens(text + "\n" + text) <= 2 * max_tokens(text) + 8


def test_a_very_long_text_is_looked_at_coarsely():
    text = "the " * (LOOKED_AT // 4) + "end"
    assert max_tokens(text) == coarse_max_tokens(text)
    assert max_tokens(text[:LOOKED_AT]) < len(text) // 3


def test_half_a_character_counts():
    assert max_tokens("\ud83e") >= 3


def test_the_words_are_few_and_the_letters_are_letters():
    assert sum(len(word) + 1 for word in TOKENS) < 25_000
    assert set(TOKENS.values()) == {1, 2, 3}
    assert all(len(each) == 1 and each.isalpha() for each in SINGLE)


def test_bounds_are_close_to_real_use_and_never_below_it():
    rows = list(bounds.rows())
    ratios = sorted(most / real for _, most, real in rows)
    assert len(rows) >= 40
    assert ratios[0] >= 1
    assert ratios[len(ratios) // 2] <= 3
