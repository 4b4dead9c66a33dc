"""A request's body: edited in one place, and otherwise the client's bytes."""

from __future__ import annotations

import gzip
import json
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.request.json_body import parse

MODEST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

SPACE = st.text(" \t\n\r", max_size=3)
# Number literals that parsing and dumping again would change, among others.
NUMBERS = st.sampled_from(
    [
        "0",
        "-0",
        "-0.0",
        "1.0",
        "1.10",
        "1E5",
        "1e+05",
        "0.1e-7",
        "1e999",
        "-12345678901234567890123",
        "9" * 400,
    ]
) | st.integers().map(str)
CHARACTERS = st.sampled_from(
    [
        *'aZ 0{}[],:/"\\',
        "\\/",
        "\\u0041",
        "\\u00e9",
        "\\ud83e\\udd99",
        "\\ud800",
        "\\n",
        "é",
        "🦙",
        "模",
        "\u2028",
        "\x7f",
    ]
)


def quoted(characters):
    """JSON text of a string; what isn't an escape yet and must be one becomes one."""
    return (
        f'"{"".join(json.dumps(each)[1:-1] if each in {chr(34), chr(92)} else each for each in characters)}"'
    )


STRINGS = st.lists(CHARACTERS, max_size=6).map(quoted)


def spaced_list(items):
    return st.builds(lambda parts, inside: f"[{inside}{','.join(parts)}]", st.lists(items, max_size=4), SPACE)


def spaced_object(items):
    """No name twice, which is refused wherever names mean something."""
    members = st.lists(
        st.tuples(STRINGS, SPACE, SPACE, items), max_size=4, unique_by=lambda member: json.loads(member[0])
    )
    return st.builds(
        lambda parts, inside: (
            f"{{{inside}{','.join(map('{0[0]}{0[1]}:{0[2]}{0[3]}'.format, parts))}{inside}}}"
        ),
        members,
        SPACE,
    )


VALUES = st.recursive(
    STRINGS | NUMBERS | st.sampled_from(["true", "false", "null"]),
    lambda items: spaced_list(items) | spaced_object(items),
    max_leaves=8,
)


class Body(NamedTuple):
    """An object's JSON text: what stands before each value, and the values."""

    names: list[str]
    before: list[str]
    values: list[str]
    after: str

    @property
    def text(self):
        return "".join(self.before[n] + self.values[n] for n in range(len(self.names))) + self.after


@st.composite
def bodies(draw, min_size=0):
    names = draw(
        st.lists(STRINGS, min_size=min_size, max_size=5, unique_by=lambda name: json.loads(name).casefold())
    )
    before = []
    for number, name in enumerate(names):
        opening = draw(SPACE) + "{" if number == 0 else draw(SPACE) + ","
        before.append(opening + draw(SPACE) + name + draw(SPACE) + ":" + draw(SPACE))
    values = [draw(VALUES) for _ in names]
    after = draw(SPACE) + "}" if names else draw(SPACE) + "{" + draw(SPACE) + "}"
    return Body([json.loads(name) for name in names], before, values, after + draw(SPACE))


NEW_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('ab"\\é🦙\ud800', max_size=5),
    lambda items: (
        st.lists(items, max_size=3) | st.dictionaries(st.text("abé", max_size=3), items, max_size=3)
    ),
    max_leaves=5,
)


@given(bodies())
@MODEST
def test_a_body_that_is_not_changed_is_the_clients_to_the_byte(body):
    assert parse(body.text.encode()).encode({}) == body.text.encode()


@given(bodies())
@MODEST
def test_members_are_what_json_says_they_are(body):
    assert parse(body.text.encode()).members == json.loads(body.text)


@given(body=bodies(min_size=1), number=st.integers(0, 4), value=NEW_VALUES)
@MODEST
def test_replacing_a_member_changes_its_value_and_no_other_byte(body, number, value):
    number %= len(body.names)
    parts = [part for n in range(len(body.names)) for part in (body.before[n], body.values[n])] + [body.after]
    prefix, suffix = "".join(parts[: 2 * number + 1]).encode(), "".join(parts[2 * number + 2 :]).encode()

    changed = parse(body.text.encode()).encode({body.names[number]: value})

    assert changed.startswith(prefix)
    assert changed.endswith(suffix)
    assert json.loads(changed[len(prefix) : len(changed) - len(suffix)]) == value
    assert json.loads(changed) == {**json.loads(body.text), body.names[number]: value}


@given(
    body=bodies(), changes=st.dictionaries(st.sampled_from(["model", "stream_options", "é", "a"]), NEW_VALUES)
)
@MODEST
def test_members_are_added_and_replaced_at_once(body, changes):
    added = changes.keys() - set(body.names)
    assume({name.casefold() for name in body.names}.isdisjoint(name.casefold() for name in added))
    changed = parse(body.text.encode()).encode(changes)

    assert json.loads(changed) == {**json.loads(body.text), **changes}
    assert parse(changed).members == json.loads(changed)


@given(body=bodies(), value=NEW_VALUES)
@MODEST
def test_an_added_member_comes_last_and_leaves_the_rest_where_it_is(body, value):
    brace = body.text.rindex("}")
    comma = b", " if body.names else b""

    changed = parse(body.text.encode()).encode({"model": value})

    assert changed.startswith(body.text[:brace].encode() + comma + b'"model": ')
    assert changed.endswith(body.text[brace:].encode())


@given(body=bodies(min_size=1), number=st.integers(0, 4), value=VALUES)
@MODEST
def test_a_member_that_occurs_twice_is_refused_however_it_is_spelt(body, number, value):
    name = body.names[number % len(body.names)]
    spelt = "".join(f"\\u{ord(unit):04x}" for unit in utf16(name))
    twice = body.text.rstrip(" \t\n\r")[:-1] + f',"{spelt}":{value}}}'

    with pytest.raises(RefusedError, match="occurs twice") as refused:
        parse(twice.encode())
    assert refused.value.reason is Reason.INVALID_JSON


def utf16(text):
    """The UTF-16 code units that JSON's escapes stand for."""
    units = text.encode("utf-16-be", "surrogatepass")
    return [chr(int.from_bytes(units[at : at + 2])) for at in range(0, len(units), 2)]


@pytest.mark.parametrize(
    ("body", "changes", "changed"),
    [
        ('{"model":"small"}', {"model": "large"}, '{"model":"large"}'),
        ('{ "model" : "small" , "n":1.0}', {"model": "large"}, '{ "model" : "large" , "n":1.0}'),
        (r'{"mod\u0065l":"small"}', {"model": "large"}, r'{"mod\u0065l":"large"}'),
        (r'{"a":"\u00e9é\/","model":""}', {"model": "é"}, r'{"a":"\u00e9é\/","model":"\u00e9"}'),
        ('{"a":{"model":1},"model":2}', {"model": 3}, '{"a":{"model":1},"model":3}'),
        ('{"b":"\\"model\\":1","model":2}', {"model": 3}, '{"b":"\\"model\\":1","model":3}'),
        ('{"🦙":"模型","model":"m"}', {"model": "long name"}, '{"🦙":"模型","model":"long name"}'),
        ('{"a":1,"b":2,"c":3}', {"c": "ccc", "a": "aaa"}, '{"a":"aaa","b":2,"c":"ccc"}'),
        ('{"a":1}', {"b": {"c": True}}, '{"a":1, "b": {"c": true}}'),
        ('{"a":{"c":"}"} }', {"b": 1}, '{"a":{"c":"}"} , "b": 1}'),
        ("{}", {"b": 1}, '{"b": 1}'),
        ("{}", {"b": 1, "c": None}, '{"b": 1, "c": null}'),
        (" \n{ \t}\r\n", {"b": 1}, ' \n{ \t"b": 1}\r\n'),
        ('{"a":1}', {"a": 2, "b": 3}, '{"a":2, "b": 3}'),
        ('{"":1}', {"": 2}, '{"":2}'),
    ],
)
def test_an_edit_is_seen_where_it_is_and_nowhere_else(body, changes, changed):
    parsed = parse(body.encode())
    assert parsed.encode(changes) == changed.encode()
    assert parsed.encode({}) == body.encode()


@pytest.mark.parametrize(
    "value", ["-0", "1.10", "1E400", "0.1e-7", "9" * 4000, "123456789012345678901234567890.000", "-1e-999"]
)
def test_numbers_go_on_as_they_were_written(value):
    body = f'{{"n":{value},"model":"small"}}'
    assert parse(body.encode()).encode({"model": "m"}) == body.replace("small", "m").encode()


def test_nesting_to_a_sensible_depth_is_no_obstacle():
    body = b'{"model":"small","a":' + b"[" * 200 + b"]" * 200 + b"}"
    assert parse(body).encode({"model": "m"}) == body.replace(b"small", b"m")


NO_OBJECTS = {
    "an object left open": b'{"a":1',
    "an object left open after a comma": b'{"a":1,',
    "an object left open after a colon": b'{"a":',
    "an opening brace": b"{",
    "a string left open": b'{"a',
    "a comma too many": b'{"a":1,}',
    "a comma alone": b"{,}",
    "two commas": b'{"a":1,,"b":2}',
    "no comma": b'{"a":1 "b":2}',
    "no colon": b'{"a" 1}',
    "no value": b'{"a":}',
    "a number for a name": b"{1:2}",
    "no quotes": b"{a:1}",
    "single quotes": b"{'a':1}",
    "a comment": b'{"a":1/**/}',
    "a leading zero": b'{"a":01}',
    "a plus sign": b'{"a":+1}',
    "a number cut off": b'{"a":1.}',
    "Python's None": b'{"a":None}',
    "a line feed in a string": b'{"a":"\n"}',
    "a control character in a name": b'{"a\x00":1}',
    "an unknown escape": b'{"a":"\\x41"}',
    "space that JSON does not know": '{"a":\u00a01}'.encode(),
    "a form feed": b'{\x0c"a":1}',
    "trailing text": b'{"a":1} x',
    "a second object": b'{"a":1}{"b":2}',
    "a second line": b'{"a":1}\n{"b":2}',
    "a trailing zero byte": b'{"a":1}\x00',
    "a byte order mark": b'\xef\xbb\xbf{"a":1}',
    "UTF-16 without a mark": '{"a":1}'.encode("utf-16-le"),
    "the same member twice": b'{"model":"small","model":"large"}',
    "the same member, once with an escape": rb'{"model":"small","mod\u0065l":"large"}',
    "the same member with the same value": b'{"a":1,"a":1}',
    "the empty name twice": b'{"":1,"":2}',
}


@pytest.mark.parametrize("body", NO_OBJECTS.values(), ids=NO_OBJECTS)
def test_what_is_not_one_json_object_is_refused(body):
    with pytest.raises(RefusedError, match=r"^The request body is not a valid JSON object: .+\.$") as refused:
        parse(body)
    assert refused.value.reason is Reason.INVALID_JSON


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "is empty."),
        (b" \n", "is empty."),
        (b"null", "must be a JSON object, not null."),
        (b'[{"model":"small"}]', "must be a JSON object, not a list."),
        (b" [1]", "must be a JSON object, not a list."),
        (b'"model"', "must be a JSON object, not a string."),
        (b"1", "must be a JSON object, not a number."),
        (b"-1.5", "must be a JSON object, not a number."),
        (b"true", "must be a JSON object, not a boolean."),
        ('{"a":1}'.encode("utf-16"), "is not valid UTF-8 (at byte 0)."),
        (b'{"a":"\xe9"}', "is not valid UTF-8 (at byte 6)."),
        (b'{"a":"\xf0\x9f\xa6"}', "is not valid UTF-8 (at byte 6)."),
        (b'{"a":"\xc0\xaf"}', "is not valid UTF-8 (at byte 6)."),
        (b'{"a":"\xed\xa0\x80"}', "is not valid UTF-8 (at byte 6)."),
        (
            gzip.compress(b'{"model":"small"}', mtime=0),
            "is not valid UTF-8 (at byte 1). It looks like gzip: send `Content-Encoding: gzip`.",
        ),
    ],
    ids=repr,
)
def test_what_is_not_even_meant_as_an_object_is_refused_as_what_it_is(body, message):
    with pytest.raises(RefusedError) as refused:
        parse(body)
    assert refused.value.reason is Reason.INVALID_JSON
    assert refused.value.message == f"The request body {message}"


@pytest.mark.parametrize("opening", [b"[", b'{"a":'], ids=["lists", "objects"])
def test_endless_nesting_is_refused_and_no_crash(opening):
    with pytest.raises(RefusedError, match="nested too deeply"):
        parse(b'{"a":' + opening * 200_000)


@given(st.binary(max_size=30) | st.text('{}[]":,\\ 01.e-tnu', max_size=20).map(str.encode))
@settings(max_examples=300, deadline=None)
def test_whatever_comes_is_an_object_as_json_has_it_or_refused(body):
    try:
        parsed = parse(body)
    except RefusedError:
        return
    assert parsed.encode({}) == body
    assert parsed.members == json.loads(body)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", '{"deep": [NaN]}'])
def test_a_number_that_json_does_not_have_is_refused(value):
    with pytest.raises(RefusedError):
        parse(f'{{"temperature":{value}}}'.encode())
