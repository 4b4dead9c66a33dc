"""Answers in UTF-16 or UTF-32 are read as what they are, and go on as UTF-8, which every client reads."""

from __future__ import annotations

import json
from random import Random

import pytest

from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.answers import answer_forms
from tollgate_proxy.answers.metering import JsonMeter
from tollgate_proxy.apis import registry
from tollgate_proxy.upstream.provider_calls import AnswerForm, Fault, UpstreamAnswer, UpstreamError

JSON, EVENTS = "application/json", "text/event-stream"
USAGE = {"prompt_tokens": 7, "completion_tokens": 3}
SAID = "Grüße, 世界 🦊"
ANSWER = json.dumps(
    {"choices": [{"message": {"content": SAID}, "finish_reason": "stop"}], "usage": USAGE}, ensure_ascii=False
)
CHUNKS = [
    {"choices": [{"index": 0, "delta": {"content": SAID}}]},
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {"choices": [], "usage": USAGE},
]
STREAM = (
    "".join(f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n" for chunk in CHUNKS) + "data: [DONE]\n\n"
)
LINES = "".join(f"{json.dumps(chunk, ensure_ascii=False)}\n" for chunk in CHUNKS)
MARKED = ("utf-16", "utf-32")
WIDE = (*MARKED, "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
BODIES = {
    "an answer": (ANSWER, JSON, AnswerForm.JSON),
    "an answer without a label": (ANSWER, None, AnswerForm.JSON),
    "a stream": (STREAM, EVENTS, AnswerForm.EVENT_STREAM),
    "a stream without a label": (STREAM, None, AnswerForm.EVENT_STREAM),
    "lines of JSON": (LINES, "application/x-ndjson", AnswerForm.EVENT_STREAM),
    "a stream that is said to be so": (STREAM, f"{EVENTS}; charset=utf-16", AnswerForm.EVENT_STREAM),
}


def opened(chunks, label):
    headers = {} if label is None else {"content-type": label}
    return answer_forms.decoded(UpstreamAnswer(200, headers, None, iter(chunks)))


def metered(answer):
    """What came of an answer, and its tokens."""
    api = registry.CHAT
    meter = api.stream_meter({}) if answer.is_event_stream else JsonMeter(api, {})
    came = b"".join([meter.feed(chunk) for chunk in answer.chunks] + [meter.finish()[0]])
    used = meter.usage()
    return came, (used.prompt_tokens, used.completion_tokens)


def in_pieces(body, random):
    while body:
        length = random.randint(1, 9)
        yield body[:length]
        body = body[length:]


@pytest.mark.parametrize("encoding", WIDE)
@pytest.mark.parametrize(("text", "label", "form"), BODIES.values(), ids=BODIES)
def test_a_wide_text_goes_on_in_utf_8_and_is_metered(text, label, form, encoding):
    random = Random(f"{encoding} {label}")
    body = text.encode(encoding)
    for chunks in ([body], [body[:1], body[1:]], *(list(in_pieces(body, random)) for _ in range(20))):
        answer = opened(chunks, label)
        assert answer.form is form
        came, tokens = metered(answer)
        assert tokens == (7, 3)
        if text is not LINES:
            assert came == text.encode()
        assert json.dumps(SAID, ensure_ascii=False).encode() in came


@pytest.mark.parametrize(
    "label",
    [
        JSON,
        f"{JSON};charset=UTF8",
        f'{JSON}; charset="utf-8"',
        f"{JSON}; charset=iso-8859-1",
        f"{JSON}; charset=utf-8; charset=latin1",
        f"{JSON}; charset",
        f"{JSON}; charset=",
        f"{JSON};;",
        f"{JSON}; charset=utf-16",
        "charset=utf-8",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_whatever_the_label_says_the_figures_are_read(label, encoding):
    body = ANSWER.replace(SAID, "Grüße").encode(encoding)
    assert metered(opened([body], label))[1] == (7, 3)
    stream = STREAM.replace(SAID, "Grüße").encode(encoding)
    assert metered(opened([stream], label.replace(JSON, EVENTS)))[1] == (7, 3)


@pytest.mark.parametrize(
    ("label", "sound"),
    [
        (f"{EVENTS}; charset=utf-16", f"{EVENTS}; charset=utf-8"),
        (f"{EVENTS};charset=UTF16LE", f"{EVENTS}; charset=utf-8"),
        (f'{EVENTS}; charset="utf-16"; x=1', f"{EVENTS}; charset=utf-8; x=1"),
        (f"{EVENTS}; Charset = UCS-2", f"{EVENTS}; charset=utf-8"),
        (f"{EVENTS}; charset=utf-32be", f"{EVENTS}; charset=utf-8"),
        (f"{EVENTS}; charset=utf-8", f"{EVENTS}; charset=utf-8"),
        (f"{EVENTS}; charset=iso-8859-1", f"{EVENTS}; charset=iso-8859-1"),
        (EVENTS, EVENTS),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_no_label_says_of_utf_8_that_it_is_wide(label, sound, encoding):
    assert opened([STREAM.encode(encoding)], label).headers["content-type"] == sound


@pytest.mark.parametrize("encoding", WIDE)
def test_a_wide_stream_goes_on_as_it_comes(encoding):
    pieces = iter([each.encode(encoding.removesuffix("-le")) for each in ("data: 1\n\n", "never read")])
    answer = opened([next(pieces)], EVENTS)
    assert next(answer.chunks) == b"data: 1\n\n"


def test_a_wide_text_that_is_cut_or_wrong_is_read_as_far_as_it_goes():
    body = STREAM.encode("utf-16-le") + b"\x00\xd8" + b"x"
    came, tokens = metered(opened([body], EVENTS))
    assert came.startswith(STREAM.encode())
    assert tokens == (7, 3)


def test_a_wide_text_that_breaks_off_does_so_after_what_came():
    def chunks():
        yield STREAM.encode("utf-16")[:50]
        raise UpstreamError(RefusedError(Reason.PROVIDER_UNAVAILABLE, "It broke off."), Fault.BROKEN_OFF)

    answer = opened(chunks(), EVENTS)
    assert STREAM.encode().startswith(next(answer.chunks))
    with pytest.raises(UpstreamError):
        next(answer.chunks)


@pytest.mark.parametrize("seed", range(200))
def test_whatever_begins_an_answer_is_read_to_its_end(seed):
    random = Random(seed)
    begin = bytes(
        random.choice([0, 0, 0x7B, 0x64, 0xFE, 0xFF, 0xEF, 0x0A, 0x31]) for _ in range(random.randint(0, 6))
    )
    body = begin + random.choice([ANSWER, STREAM, ""]).encode(random.choice(["utf-8", *WIDE]))
    whole = b"".join(opened([body], random.choice([None, JSON, EVENTS])).chunks)
    assert len(whole) <= 3 * len(body)
