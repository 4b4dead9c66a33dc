"""A provider's JSON is read as widely as its clients read it, and for its figures even where they can't."""

from __future__ import annotations

import json

import pytest

from tollgate_proxy.answers import provider_json

DIGITS = b"9" * 6000
DEEP = b"[" * 50_000 + b"]" * 50_000


@pytest.mark.parametrize(
    "text",
    [
        b'{"usage": {"n": 7}}',
        b'\xef\xbb\xbf{"usage": {"n": 7}}',
        '{"usage": {"n": 7}}'.encode("utf-16"),
        b'{"other": %b, "usage": {"n": 7}}' % DIGITS,
        b'{"other": -%b, "usage": {"n": 7}}' % DIGITS,
        b'{"other": %b, "usage": {"n": 7}}' % DEEP,
        b'{"other": {"s": "]\\"", "deep": %b}, "usage": {"n": 7}}' % DEEP,
        b'{"other": "w\xc3rd \xff", "usage": {"n": 7}}',
        b'{"other": "\\ud800", "usage": {"n": 7}}',
        b'{"other": [NaN, 1e999], "usage": {"n": 7}}',
    ],
)
def test_a_member_that_is_hard_to_read_hides_no_other(text):
    assert provider_json.value_of(text)["usage"] == {"n": 7}
    assert provider_json.salvaged(text)["usage"] == {"n": 7}


@pytest.mark.parametrize(
    "text",
    [
        b'{"other": "a\nb\x01", "usage": {"n": 7}}',
        b'{"usage": {"n": 7}}<br/>',
        b'{"usage": {"n": 7}}{"usage": {"n": 8}}',
        b'data: data: {"usage": {"n": 7}}',
        b'[{"usage": {"n": 7}}] ',
        b'{"usage": {"n": 7}, "other": %b} and more' % DEEP,
    ],
)
def test_figures_are_found_where_no_client_reads_an_answer(text):
    assert provider_json.salvaged(text)["usage"] == {"n": 7}
    with pytest.raises((ValueError, TypeError)):
        provider_json.value_of(text)["usage"]


@pytest.mark.parametrize("text", [b"", b"[DONE]", b"<html>", b'{"a": ', DEEP[:9000], b"12", b"null", b"[[]]"])
def test_what_is_no_object_is_empty(text):
    assert provider_json.salvaged(text) == {}


def test_sound_json_is_read_as_ever():
    value = {"a": [1, 2.5, None, True, "é"], "b": {"c": -3}}

    assert provider_json.value_of(json.dumps(value).encode()) == value
