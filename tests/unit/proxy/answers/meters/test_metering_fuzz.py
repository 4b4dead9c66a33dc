"""Whatever a provider sends and however the network cuts it, a stream's meter counts, and never fails."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.provider_streams import REQUESTS, ProviderStream, made, with_line_ends
from tollgate.pricing.usage import UsageSource
from tollgate_proxy.answers.metering import JsonMeter
from tollgate_proxy.answers.sse import EventSplitter, data_of
from tollgate_proxy.apis import registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tollgate.pricing.usage import Usage
    from tollgate_proxy.answers.metering import Meter

MODEST = settings(max_examples=150, deadline=None)
STREAMING = (registry.CHAT, registry.RESPONSES, registry.MESSAGES)
LINE_ENDS = {"LF": b"\n", "CRLF": b"\r\n", "CR": b"\r"}

TEXT: dict[Any, dict[str, Any]] = {
    registry.CHAT: {"choices": [{"index": 0, "delta": {"content": "Grüße, 世界 🦙"}}]},
    registry.RESPONSES: {"type": "response.output_text.delta", "delta": "Grüße, 世界 🦙"},
    registry.MESSAGES: {
        "type": "content_block_delta",
        "delta": {"type": "text_delta", "text": "Grüße, 世界 🦙"},
    },
}


def events_as_data(data: dict[str, Any]) -> tuple[bytes, ...]:
    """One event in several ways that a provider might write it."""
    compact = json.dumps(data, ensure_ascii=False).encode()
    pretty = json.dumps(data, ensure_ascii=False, indent=1).encode()
    return (
        b"data: " + compact + b"\n\n",
        b"".join(b"data: " + line + b"\n" for line in pretty.split(b"\n")) + b"\n",
        b": a comment\nid: 7\ndata:" + compact + b"\nretry: 5\n\n",
    )


def decorated(stream: ProviderStream) -> ProviderStream:
    """The stream with comments, data of several lines, and characters of several bytes."""
    odd = events_as_data(TEXT[stream.api])
    return ProviderStream(stream.api, (b": connected\n\n", stream.events[0], *odd, *stream.events[1:]))


STREAMS = {
    f"{api}, {name}": stream
    for api in STREAMING
    for name, stream in {
        "whole": decorated(made(api, completion_tokens=3, cached_tokens=2, reasoning_tokens=1)),
        "a tool's call": made(api, completion_tokens=2, tool_call=True),
        "without figures": made(api, completion_tokens=2, no_usage=True),
        "failed": made(api, fails_after=3),
    }.items()
}
ANY_STREAM = st.sampled_from([*STREAMS.values()])


@dataclass(frozen=True)
class Metered:
    """What became of a stream: what the client got, what it pays, and what is known of its end."""

    passed: bytes
    within_event: bool
    usage: Usage
    failed: bool
    response: Mapping[str, Any]


def metered(meter: Meter, chunks: Iterable[bytes]) -> Metered:
    passed = b"".join([meter.feed(chunk) for chunk in chunks])
    rest, within_event = meter.finish()
    return Metered(passed + rest, within_event, meter.usage(), meter.failed, meter.response)


def of(stream: ProviderStream, *chunks: bytes) -> Metered:
    return metered(stream.meter(), chunks or [stream.whole])


@pytest.mark.parametrize("line_end", LINE_ENDS.values(), ids=LINE_ENDS)
@pytest.mark.parametrize("api", STREAMING)
def test_a_border_at_any_byte_changes_nothing(api, line_end):
    stream = with_line_ends(STREAMS[f"{api}, whole"], line_end)
    uncut = of(stream)

    for border in range(len(stream.whole) + 1):
        assert of(stream, stream.whole[:border], stream.whole[border:]) == uncut


@pytest.mark.parametrize("line_end", LINE_ENDS.values(), ids=LINE_ENDS)
@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_a_stream_may_come_byte_by_byte(stream, line_end):
    stream = with_line_ends(stream, line_end)
    assert of(stream, *(bytes([byte]) for byte in stream.whole)) == of(stream)


@pytest.mark.parametrize("line_end", LINE_ENDS.values(), ids=LINE_ENDS)
@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_the_line_ends_change_no_count(stream, line_end):
    plain, other = of(stream), of(with_line_ends(stream, line_end))
    assert (other.usage, other.failed, other.response) == (plain.usage, plain.failed, plain.response)


@pytest.mark.parametrize("api", STREAMING)
def test_the_streams_differ_in_what_they_come_to(api):
    """Else the borders above would prove nothing."""
    whole, unreported, failed = (
        of(STREAMS[f"{api}, {name}"]) for name in ("whole", "without figures", "failed")
    )
    assert whole.usage.source is UsageSource.PROVIDER
    assert unreported.usage.source is UsageSource.ESTIMATED
    assert (whole.failed, unreported.failed, failed.failed) == (False, False, True)


@pytest.mark.parametrize("api", [registry.RESPONSES, registry.MESSAGES])
def test_these_apis_streams_pass_to_the_byte(api):
    for name, stream in STREAMS.items():
        if stream.api is api:
            assert of(stream).passed == stream.whole, name


def test_of_a_chats_stream_the_usage_chunk_alone_is_hidden():
    stream = STREAMS[f"{registry.CHAT}, whole"]
    shown = [event for event in stream.events if b'"choices":[],' not in event]
    assert len(shown) == len(stream.events) - 1
    assert of(stream).passed == b"".join(shown)
    assert metered(stream.meter(hide_usage=False), [stream.whole]).passed == stream.whole


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_wherever_a_stream_is_cut_off_neither_its_prompt_nor_what_came_is_free(stream):
    """And it never costs less for having gone on longer."""
    least = 0
    for end in range(len(stream.whole) + 1):
        cut = of(stream, stream.whole[:end])
        assert cut.usage.prompt_tokens > 0
        if cut.usage.source is UsageSource.ESTIMATED:
            assert cut.usage.completion_tokens >= least
            least = cut.usage.completion_tokens


def test_a_cut_within_an_event_says_so():
    for stream in STREAMS.values():
        assert not of(stream).within_event
        assert of(stream, stream.whole + b"data: {").within_event


def assert_sound(found: Metered) -> None:
    assert all(count >= 0 for count in found.usage.tokens.values())
    assert all(calls >= 0 for calls in found.usage.tool_calls.values())
    assert isinstance(found.failed, bool)


@st.composite
def mutated_bytes(draw: st.DrawFn) -> tuple[ProviderStream, bytes]:
    """A stream's bytes after some were put in, left out, replaced or moved."""
    stream = draw(ANY_STREAM)
    sent = bytearray(stream.whole)
    for _ in range(draw(st.integers(1, 8))):
        start = draw(st.integers(0, len(sent)))
        end = min(start + draw(st.integers(0, 200)), len(sent))
        piece = sent[start:end]
        match draw(st.sampled_from(["insert", "delete", "replace", "move", "repeat"])):
            case "insert":
                sent[start:start] = draw(ODD_BYTES)
            case "delete":
                del sent[start:end]
            case "replace":
                sent[start:end] = draw(ODD_BYTES)
            case "move":
                del sent[start:end]
                place = draw(st.integers(0, len(sent)))
                sent[place:place] = piece
            case "repeat":
                sent[end:end] = piece
    return stream, bytes(sent)


ODD_BYTES = st.one_of(
    st.binary(max_size=20),
    st.sampled_from([b"\r", b"\n\n", b"\r\n\r\n", b"data: ", b"null", b"{", b"}", b"[", b"-1", b"1e999"]),
    st.sampled_from([b"NaN", b'"', b"\\ud800", b"\xff", b"\x00", b"\xef\xbb\xbf", b"9" * 5000, b"[" * 3000]),
)


@given(mutated=mutated_bytes(), places=st.lists(st.integers(0, 3000), max_size=6))
@MODEST
def test_however_spoilt_a_stream_is_it_is_counted_and_the_borders_change_nothing(mutated, places):
    stream, sent = mutated
    borders = [0, *sorted(min(place, len(sent)) for place in places), len(sent)]

    found = of(stream, sent)

    assert_sound(found)
    assert of(stream, *(sent[start:end] for start, end in pairwise(borders))) == found
    if stream.api is not registry.CHAT:
        assert_passes_all(found.passed, sent)


def assert_passes_all(passed: bytes, sent: bytes) -> None:
    """No line is lost or changed. What is put in are empty lines, and what makes bare JSON an event."""
    lines = lines_in(passed)
    for line in lines_in(sent):
        for each in lines:
            if each in (line, b"data: " + line):
                break
            assert each.startswith(b"event: "), "neither sent nor a name"
        else:
            pytest.fail(f"{line!r} is lost")
    assert not list(lines)


def lines_in(stream: bytes) -> Iterator[bytes]:
    """The lines that aren't empty, without the byte order mark that may begin a stream."""
    lines = re.split(rb"\r\n|\r|\n", stream.removeprefix(b"\xef\xbb\xbf"))
    return iter([line for line in lines if line])


@given(stream=ANY_STREAM, data=st.data())
@MODEST
def test_events_may_come_in_any_order_and_more_than_once(stream, data):
    events = data.draw(st.lists(st.sampled_from(stream.events), max_size=20))
    assert_sound(metered(stream.meter(), events))


ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 50),
    st.sampled_from([10**8, 10**30, -(10**30), 0.5, float("inf"), "", "9", "error", "\ud800", "a" * 500]),
    st.sampled_from([[], {}, [[]], {"type": "error"}, {"usage": {}}, [1, "a", None], {"output_tokens": ""}]),
    st.recursive(
        st.none() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    ),
)


def places_in(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to every value in a piece of JSON."""
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [at, *(place for name, member in members for place in places_in(member, (*at, name)))]


def with_value(value: Any, place: tuple[Any, ...], odd: Any) -> Any:
    if not place:
        return odd
    changed = value.copy()
    changed[place[0]] = with_value(value[place[0]], place[1:], odd)
    return changed


@st.composite
def with_odd_values(draw: st.DrawFn) -> tuple[ProviderStream, bytes]:
    """A stream in whose events some values are of any kind."""
    stream = draw(ANY_STREAM)
    events = [*stream.events]
    for _ in range(draw(st.integers(1, 4))):
        number = draw(st.integers(0, len(events) - 1))
        data = data_of(events[number])
        if not data.startswith(b"{"):
            continue
        parsed = json.loads(data)
        place = draw(st.sampled_from(places_in(parsed)))
        events[number] = (
            b"data: " + json.dumps(with_value(parsed, place, draw(ODD_VALUES))).encode() + b"\n\n"
        )
    return stream, b"".join(events)


@given(with_odd_values())
@MODEST
def test_a_value_of_any_kind_may_stand_in_any_place(spoilt):
    stream, sent = spoilt
    found = of(stream, sent)
    assert_sound(found)
    assert found.usage.prompt_tokens >= 0
    if stream.api is not registry.CHAT:
        assert found.passed == sent


@given(answer=with_odd_values(), api=st.sampled_from(registry.APIS))
@MODEST
def test_an_answer_in_one_piece_may_be_anything(answer, api):
    """The events' objects stand for answers, which have the same members."""
    _, sent = answer
    for event in EventSplitter().feed(sent):
        for body in (data_of(event), event):
            meter = JsonMeter(api, REQUESTS.get(api, REQUESTS[registry.CHAT]))
            found = metered(meter, [body[:9], body[9:]])
            assert_sound(found)
            assert found.passed == body


DEEP = b'{"a":' * 100_000
DEEP_VALUES = (
    b'{"type":"message_delta","usage":' + DEEP,
    b'{"type":"message_delta","usage":' + b'{"a":' * 400 + b"1" + b"}" * 401,
    b'{"type":"content_block_delta","delta":' + b"[" * 900 + b"]" * 900 + b"}",
    b'{"type":"response.completed","response":{"usage":' + b"[" * 900 + b"]" * 900 + b"}}",
    b'{"choices":[{"delta":' + b"[" * 900 + b"]" * 900 + b"}]}",
)


@pytest.mark.parametrize("api", STREAMING)
@pytest.mark.parametrize("deep", DEEP_VALUES, ids=lambda deep: repr(deep[:60]))
def test_nesting_exhausts_nothing(api, deep):
    event = b"data: " + deep + b"\n\n"
    assert_sound(metered(made(api).meter(), [event, event]))
