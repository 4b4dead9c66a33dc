"""However a provider frames its events, they are told apart, and framed so that clients can, too.

Where they are framed as the standard has it, not a byte changes. The streams are made up by chance, and read
again by a parser that is slow and simple, and shares nothing with the one that is tested.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from itertools import pairwise

import pytest

from tollgate_proxy.answers.sse import EventSplitter, SseRelay, data_of, has_ended

LINE_ENDS = {"LF": b"\n", "CRLF": b"\r\n", "CR": b"\r"}
BOM = b"\xef\xbb\xbf"
DONE = b"[DONE]"
ONE = b'data: {"a": 1}\n'
TWO = b'data: {"b": {"c": [{}, 2]}}\n'
THREE = b'data: {"d": "}"}\n'


def split(*chunks):
    splitter = EventSplitter()
    events = [event for chunk in chunks for event in splitter.feed(chunk)]
    return [*events, *splitter.last()]


def passed(*chunks):
    relay = SseRelay()
    return b"".join([*(relay.feed(chunk)[1] for chunk in chunks), relay.last()[1]])


def test_events_without_empty_lines_between_them_get_them():
    assert split(ONE + TWO + b"data: [DONE]\n") == [ONE + b"\n", TWO + b"\n", b"data: [DONE]\n\n"]


@pytest.mark.parametrize("line_end", LINE_ENDS.values(), ids=LINE_ENDS)
def test_the_empty_lines_are_as_the_others(line_end):
    sent = (ONE + TWO + THREE).replace(b"\n", line_end)
    whole = b"".join(line + b"\n" for line in (ONE, TWO, THREE)).replace(b"\n", line_end)
    assert b"".join(split(sent)).rstrip() == whole.rstrip()


def test_the_names_of_events_stay_with_them():
    one, two = b"event: x\n" + ONE, b"event: y\nid: 2\n" + TWO
    assert split(one + two + one) == [one + b"\n", two + b"\n", one + b"\n"]


def test_an_event_waits_for_nothing_once_the_provider_is_known_to_leave_its_end_out():
    splitter = EventSplitter()
    assert splitter.feed(ONE) == []
    assert splitter.feed(TWO) == [ONE + b"\n", TWO + b"\n"]
    assert splitter.feed(b": still alive\n") == [b": still alive\n"]
    assert splitter.feed(THREE) == [THREE + b"\n"]


def test_what_ends_properly_after_all_gets_nothing_more():
    sent = ONE + TWO + b"\n" + THREE + b"\n"
    assert b"".join(split(sent)) == ONE + b"\n" + TWO + b"\n" + THREE + b"\n"


@pytest.mark.parametrize(
    "event",
    [
        b'data: {\ndata: "a": 1\ndata: }\n\n',
        b'data: {"a":\ndata: {"b": 1}\ndata: }\n\n',
        b'data: {"a": [\ndata: {"b": 1}\ndata: ,{"b": 1}\ndata: ]}\n\n',
        b'data: {"a": [\ndata: {"b": 1},\ndata: {"b": 1}\ndata: ]}\n\n',
        b'data: {"a": 1}\nid: 7\nretry: 5\n\n',
        b'data: {"a": 1}\nevent: late\n\n',
        b'data: {"a": 1}\n: a comment\n\n',
        b'data: {"a": 1}\ndata:\n\n',
        b'data:\ndata: {"a": 1}\n\n',
        b"data: some\ndata: text\n\n",
        b"data: a {\ndata: {b}\n\n",
        b'other: {"a": 1}\n{not json}\n\n',
        BOM + ONE + b"\n",
        b"\n" + ONE + b"\n",
    ],
)
@pytest.mark.parametrize("line_end", LINE_ENDS.values(), ids=LINE_ENDS)
def test_what_is_framed_as_it_should_be_stays_to_the_byte(event, line_end):
    event = event.replace(b"\n", line_end)
    stream = event + ONE.replace(b"\n", line_end) + line_end
    assert b"".join(split(stream)) == stream
    for border in range(len(stream)):
        assert passed(stream[:border], stream[border:]) == stream


@pytest.mark.parametrize(
    ("line", "event"),
    [
        (b'{"error": "busy"}', b'data: {"error": "busy"}\n\n'),
        (b'{"type": "error", "error": {}}', b'event: error\ndata: {"type": "error", "error": {}}\n\n'),
        (b'{"type": "a\\nb"}', b'data: {"type": "a\\nb"}\n\n'),
        (b"[DONE]", b"data: [DONE]\n\n"),
    ],
)
def test_a_line_that_is_json_and_no_field_is_an_event(line, event):
    assert split(ONE + b"\n" + line + b"\n") == [ONE + b"\n", event]
    assert split(ONE + b"\n" + line) == [ONE + b"\n", event]
    assert split(ONE + line + b"\n" + TWO) == [ONE + b"\n", event, TWO + b"\n"]


def test_a_name_that_has_come_stays_with_a_bare_line():
    assert split(b'event: x\n{"type": "y"}\n') == [b'event: x\ndata: {"type": "y"}\n\n']


def test_json_over_several_lines_that_are_no_fields_is_an_event():
    pretty = json.dumps({"error": {"message": "busy"}}, indent=1).encode()
    *_, event = split(ONE + b"\n" + pretty + b"\n")
    assert json.loads(data_of(event)) == {"error": {"message": "busy"}}
    assert has_ended(event)


def test_an_event_that_is_cut_is_parted_from_the_one_before():
    assert split(ONE + TWO[:12]) == [ONE + b"\n", TWO[:12]]


@dataclass(frozen=True)
class Framing:
    """How a provider writes its events."""

    line_end: bytes
    ends: bool
    """Whether it ends them with an empty line."""
    fields: bool
    """Whether data is said to be data."""


def encoded(chance, meant, framing):
    """Events as that provider writes them."""
    events = []
    for value in meant:
        lines = []
        if framing.fields and chance.random() < 0.3:
            lines.append(b"event: " + chance.choice([b"x", b"message"]))
        if chance.random() < 0.1:
            lines.append(b": " + chance.choice([b"alive", b"{}", b'data: {"no": 1}']))
        pretty = framing.fields and value is not None and chance.random() < 0.2
        texts = json.dumps(value, indent=chance.choice([0, 1, 2]) if pretty else None).encode().split(b"\n")
        texts = [DONE] if value is None else texts
        prefix = chance.choice([b"data: ", b"data:"]) if framing.fields else b""
        lines += [prefix + text for text in texts]
        if framing.ends and framing.fields and chance.random() < 0.1:
            lines.append(chance.choice([b"id: 1", b"retry: 5", b"event: late"]))
        events.append(
            b"".join(line + framing.line_end for line in [*lines, *([b""] if framing.ends else [])])
        )
    return events


def some_value(chance, depth=3):
    kinds = [0, "", "}", "{", "[DONE]", "data: {}", "\n\n", "é世", None, True, 1.5, -7]
    if depth and chance.random() < 0.5:
        inner = [some_value(chance, depth - 1) for _ in range(chance.randrange(4))]
        return inner if chance.random() < 0.5 else dict(zip("abcd", inner, strict=False))
    return chance.choice(kinds)


def some_stream(chance):
    meant = [{"n": n, "v": some_value(chance)} for n in range(chance.randrange(1, 8))]
    if chance.random() < 0.5:
        meant.append(None)
    framing = Framing(
        chance.choice([*LINE_ENDS.values()]), ends=chance.random() < 0.4, fields=chance.random() < 0.8
    )
    events = encoded(chance, meant, framing)
    if chance.random() < 0.2:
        events[0] = BOM + events[0]
    return meant, framing, b"".join(events)


def cut(chance, stream):
    places = sorted(chance.randrange(len(stream) + 1) for _ in range(chance.randrange(6)))
    return [stream[start:end] for start, end in pairwise([0, *places, len(stream)])]


def slowly_read(stream):
    """The objects in a stream, line by line: one is whole as soon as the lines of its data are JSON."""
    found, pending = [], ""
    for line in stream.removeprefix(BOM).decode().replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        text = line.removeprefix("data:") if line.startswith("data:") else line
        if line.startswith((":", "event:", "id:", "retry:")) or not text.strip():
            continue
        pending += text
        if pending.strip() == "[DONE]":
            found.append(None)
            pending = ""
            continue
        try:
            found.append(json.loads(pending))
        except ValueError:
            continue
        pending = ""
    assert not pending.strip()
    return found


def read(events):
    values = [data_of(event).strip() for event in events]
    return [None if value == DONE else json.loads(value) for value in values if value]


@pytest.mark.parametrize("seed", range(10))
def test_however_events_are_framed_they_are_those_that_were_meant(seed):
    chance = random.Random(seed)
    for _ in range(300):
        meant, framing, stream = some_stream(chance)
        chunks = cut(chance, stream)

        events = split(*chunks)

        assert slowly_read(stream) == meant
        assert read(events) == meant, stream
        assert events == split(stream)
        assert passed(*chunks) == b"".join(events)
        assert read(split(b"".join(events))) == meant, "clients read the same"
        if framing.ends and framing.fields:
            assert b"".join(events) == stream


@pytest.mark.parametrize("seed", range(4))
def test_clients_that_keep_to_the_standard_read_all_that_was_meant(seed):
    """And nothing else: no two events in one, and none that is empty."""
    chance = random.Random(1000 + seed)
    for _ in range(100):
        meant, _, stream = some_stream(chance)
        text = b"".join(split(*cut(chance, stream))).removeprefix(BOM).decode()
        events = text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n")
        data = [
            "\n".join(line[5:] for line in event.split("\n") if line.startswith("data:")) for event in events
        ]
        assert [None if each.strip() == "[DONE]" else json.loads(each) for each in data if each] == meant


@pytest.mark.parametrize("seed", range(3))
def test_a_stream_may_come_byte_by_byte(seed):
    chance = random.Random(2000 + seed)
    for _ in range(40):
        _, _, stream = some_stream(chance)
        single = [bytes([byte]) for byte in stream]
        assert split(*single) == split(stream)
        assert passed(*single) == b"".join(split(stream))
