"""Of a JSON text that was cut, whatever the place, what had come is there."""

from __future__ import annotations

import json

import pytest

from tollgate_proxy.answers import cut_json

WHOLE = {"a": [1, -2.5e3, True, None, {"b": 'x"\\y\u00e9\n'}], "c": {}, "d": "the end", "e": [[], ["f"]]}


def test_a_whole_text_is_as_it_is():
    assert cut_json.repair_json(json.dumps(WHOLE)) == WHOLE


def test_cut_anywhere_it_has_no_more_than_the_whole_has_and_no_less_than_before():
    text = json.dumps(WHOLE)
    seen = 0
    for length in range(1, len(text)):
        part = cut_json.repair_json(text[:length])
        assert isinstance(part, dict)
        assert part.keys() <= WHOLE.keys()
        strings = len(json.dumps(part))
        assert strings >= seen - len('"the end": ')
        seen = max(seen, strings)
        assert all(isinstance(part[name], type(WHOLE[name])) for name in part)


@pytest.mark.parametrize("text", ["", "nothing of the kind", "<html>", ",", "}", '"'])
def test_where_there_is_no_value_there_is_none(text):
    assert not cut_json.repair_json(text)


def test_what_follows_a_wrong_bracket_is_left_out():
    assert cut_json.repair_json('{"a": [1, 2}, "b": "c"') == {"a": [1]}


@pytest.mark.parametrize("sign", ["[", '{"a":', '["', ",", '"\\'])
def test_endless_nesting_is_no_trouble(sign):
    cut_json.repair_json(sign * 200_000)
