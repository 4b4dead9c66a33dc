"""Meters pass a provider's answer on and know in the end what it used."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tollgate.pricing.usage import Usage, UsageSource
from tollgate_proxy.answers.metering import JsonMeter
from tollgate_proxy.apis import registry

# Two tokens by the estimate.
REQUEST = {"model": "small", "messages": [{"role": "user", "content": "hi"}]}
FIGURES = {"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21}
REPORTED = Usage.of(9, 12, UsageSource.PROVIDER)


def estimate(completion_tokens):
    return Usage.of(2, completion_tokens, UsageSource.ESTIMATED)


def _json(value):
    return json.dumps(value, ensure_ascii=False).encode()


def of_json(*chunks, api=registry.CHAT):
    meter = JsonMeter(api, REQUEST)
    passed = b"".join([*map(meter.feed, chunks), meter.finish()[0]])
    assert passed == b"".join(chunks)
    return meter.usage()


def answer(**members):
    return _json({"id": "chatcmpl-1", "object": "chat.completion", **members})


def message(content, **more):
    return {"index": 0, "message": {"content": content}, **more}


def of_stream(*chunks, hide_usage=True):
    """What a stream's meter passed on, and the usage."""
    meter = registry.CHAT.stream_meter(REQUEST, hide_usage=hide_usage)
    passed = b"".join([*map(meter.feed, chunks), meter.finish()[0]])
    return passed, meter.usage()


def event(line_end=b"\n", **members):
    return b"data: " + _json({"object": "chat.completion.chunk", **members}) + line_end * 2


def delta(content, **members):
    return event(choices=[{"index": 0, "delta": {"content": content}}], **members)


USAGE = event(choices=[], usage=FIGURES)
DONE = b"data: [DONE]\n\n"


def test_the_providers_figures_count():
    assert of_json(answer(choices=[message("Hello there")], usage=FIGURES)) == REPORTED


def test_an_answer_may_be_cut_anywhere():
    whole = answer(choices=[message("Hello, 世界")], usage=FIGURES)
    for border in range(len(whole) + 1):
        assert of_json(whole[:border], b"", whole[border:]) == REPORTED


def test_an_embedding_is_charged_for_its_prompt_alone():
    figures = {"prompt_tokens": 8, "total_tokens": 8}
    assert of_json(answer(data=[], usage=figures), api=registry.EMBEDDINGS) == Usage.of(
        8, 0, UsageSource.PROVIDER
    )


@pytest.mark.parametrize(
    "figures", [{}, {"usage": None}, {"usage": {"prompt_tokens": -1}}, {"usage": "9"}], ids=repr
)
def test_without_sound_figures_what_was_generated_is_estimated(figures):
    assert of_json(answer(choices=[message("a" * 40), message("b" * 8)], **figures)) == estimate(12)


def test_what_is_not_generated_is_not_estimated():
    answered = answer(choices=[message("a" * 40, finish_reason="stop")], system_fingerprint="fp_" + "0" * 40)
    assert of_json(answered) == estimate(10)


def test_calls_of_tools_are_generated_too():
    calls = [{"function": {"name": "look", "arguments": '{"up": "this"}'}}]
    answered = answer(choices=[{"message": {"content": None, "tool_calls": calls}}])
    assert of_json(answered) == estimate(1 + 4)


def test_an_embedding_without_figures_is_estimated_by_its_input():
    assert of_json(answer(data=[{"embedding": [0.1] * 100}]), api=registry.EMBEDDINGS) == estimate(0)


@pytest.mark.parametrize(
    "answered",
    [
        b'{"choices":[{"message":{"content":"Hello',
        b"<html>an answer of no known form</html>.",
        b'["a list", "is not a chat completion ..."]',
        b'{"object":"chat.completion","choices":[]}',
        b'{"object":"chat.completion","choices":9}.',
        b"[" * 40,
    ],
)
def test_an_answer_that_is_no_completion_has_no_output_however_long_it_is(answered):
    assert of_json(answered) == estimate(0)


def test_endless_nesting_is_no_crash():
    assert of_json(b"[" * 100_000) == estimate(0)


def test_no_answer_at_all_leaves_the_prompt():
    assert of_json() == estimate(0)


def test_choices_without_a_message_are_not_free():
    assert of_json(answer(choices=[{"text": "Hello there"}])).completion_tokens > 0


MESSAGE_FIGURES = {"input_tokens": 9, "output_tokens": 12, "cache_read_input_tokens": 0}
RESPONSE_FIGURES = {"input_tokens": 9, "output_tokens": 12, "total_tokens": 21}


def test_each_apis_answer_reports_in_its_own_way():
    assert of_json(_json({"content": [], "usage": MESSAGE_FIGURES}), api=registry.MESSAGES) == REPORTED
    assert of_json(_json({"output": [], "usage": RESPONSE_FIGURES}), api=registry.RESPONSES) == REPORTED


@pytest.mark.parametrize(
    ("api", "member", "part"),
    [
        (registry.MESSAGES, "content", {"type": "text", "text": "a" * 40}),
        (registry.MESSAGES, "content", {"type": "tool_use", "id": "toolu_1", "input": {"up": "a" * 40}}),
        (registry.MESSAGES, "content", {"type": "thinking", "thinking": "a" * 40, "signature": "s" * 400}),
        (
            registry.RESPONSES,
            "output",
            {"type": "message", "content": [{"type": "output_text", "text": "a" * 40}]},
        ),
        (registry.RESPONSES, "output", {"type": "function_call", "call_id": "call_1", "arguments": "a" * 40}),
        (registry.RESPONSES, "output", {"type": "reasoning", "summary": [{"text": "a" * 40}]}),
    ],
)
@pytest.mark.parametrize("figures", [None, {}, {"input_tokens": 0, "output_tokens": 0}], ids=repr)
def test_without_sound_figures_each_apis_output_is_estimated(api, member, part, figures):
    answered = _json({"id": "x" * 40, member: [part, part], "usage": figures})
    assert of_json(answered, api=api) == estimate(20)


@pytest.mark.parametrize("api", registry.APIS, ids=str)
@pytest.mark.parametrize("odd", [b"", b"null", b"[]", b'{"usage":[]}', b'{"content":9,"output":9}', b"\xff"])
def test_whatever_an_answer_is_its_prompt_is_not_free(api, odd):
    found = of_json(odd, api=api)
    assert found.prompt_tokens > 0
    assert found.source is UsageSource.ESTIMATED


def test_only_a_response_is_known_for_being_stored():
    for api in registry.APIS:
        meter = JsonMeter(api, REQUEST)
        meter.feed(b'{"id":"resp_1","status":"queued"}')
        assert meter.response == ({"id": "resp_1", "status": "queued"} if api is registry.RESPONSES else {})


def test_the_usage_chunk_is_hidden_from_a_client_that_did_not_ask():
    assert of_stream(delta("Hel"), delta("lo"), USAGE, DONE) == (
        delta("Hel") + delta("lo") + DONE,
        REPORTED,
    )


@pytest.mark.parametrize("figures", [{}, {"prompt_tokens": 0, "completion_tokens": 0}, {"prompt_tokens": -1}])
def test_a_hidden_usage_chunk_without_sound_figures_leaves_an_estimate(figures):
    extra = event(choices=[], usage=figures)
    assert of_stream(delta("abcd"), extra, DONE) == (delta("abcd") + DONE, estimate(1))


def test_an_error_is_never_hidden_even_if_it_has_figures():
    error = event(error={"message": "Sorry."}, usage=FIGURES)
    assert of_stream(error) == (error, REPORTED)


@pytest.mark.parametrize(
    "usage",
    [{"prompt_tokens": 0, "completion_tokens": 0}, {"prompt_tokens": None}, {"prompt_tokens": "9"}, {}],
    ids=repr,
)
@pytest.mark.parametrize("members", [{"choices": []}, {"choices": None}, {}], ids=repr)
def test_the_usage_chunk_is_hidden_whatever_its_figures_are(members, usage):
    whole = delta("abcd") + event(**members, usage=usage) + event(**members, x_groq={"usage": usage}) + DONE
    assert of_stream(whole)[0] == delta("abcd") + DONE
    assert of_stream(whole, hide_usage=False)[0] == whole


def test_azures_first_chunk_is_no_usage_chunk():
    whole = event(choices=[], prompt_filter_results=[{"prompt_index": 0}]) + delta("abcd") + DONE
    assert of_stream(whole)[0] == whole


def test_a_stream_without_empty_lines_is_metered_hidden_from_and_framed():
    whole = delta("Hel") + delta("lo") + USAGE + DONE
    assert of_stream(whole.replace(b"\n\n", b"\n")) == (delta("Hel") + delta("lo") + DONE, REPORTED)


def test_the_usage_chunk_is_passed_to_a_client_that_asked():
    whole = delta("Hello") + USAGE + DONE
    assert of_stream(whole, hide_usage=False) == (whole, REPORTED)


@pytest.mark.parametrize("hide_usage", [True, False])
def test_figures_beside_generated_text_count_and_the_text_is_never_hidden(hide_usage):
    whole = delta("Hello", usage=FIGURES) + DONE
    assert of_stream(whole, hide_usage=hide_usage) == (whole, REPORTED)


def test_the_last_of_several_reports_counts():
    early = {"prompt_tokens": 9, "completion_tokens": 1}
    whole = delta("Hel", usage=early) + delta("lo", usage=FIGURES) + DONE
    assert of_stream(whole) == (whole, REPORTED)


def test_a_report_is_not_taken_back_by_a_chunk_without_one():
    whole = delta("Hello", usage=FIGURES) + delta("", usage=None) + DONE
    assert of_stream(whole) == (whole, REPORTED)


def test_a_stream_without_figures_is_estimated_by_its_deltas():
    whole = delta("a" * 40) + delta("b" * 8) + DONE
    assert of_stream(whole) == (whole, estimate(12))


def test_a_stream_that_broke_off_is_estimated_by_what_came():
    whole = delta("a" * 40) + delta("b" * 400)[:-20]
    assert of_stream(whole) == (whole, estimate(10))


def test_every_choice_of_a_chunk_counts():
    whole = event(choices=[{"index": n, "delta": {"content": "abcd"}} for n in range(3)])
    assert of_stream(whole) == (whole, estimate(3))


@pytest.mark.parametrize(
    "odd",
    [
        DONE,
        b": a comment\n\n",
        b"\n\n",
        b"data: {not json}\n\n",
        b'data: {"choices":\n\n',
        b"data: [" + b"[" * 50_000 + b"\n\n",
        b"data: \xff\xfe\n\n",
        b'data: ["a list"]\n\n',
        b"data: null\n\n",
        b'data: {"choices":null,"usage":null}\n\n',
        b'data: {"choices":[null,9,{"delta":null},{}]}\n\n',
        b'data: {"error":{"message":"The model is overloaded"}}\n\n',
        b'data: {"choices":[],"prompt_filter_results":[{"prompt_index":0}]}\n\n',
        b"event: ping\ndata: {}\n\n",
    ],
    ids=lambda odd: repr(odd[:40]),
)
def test_what_is_no_chunk_is_passed_on_and_costs_nothing(odd):
    assert of_stream(odd, delta("abcd"), odd) == (odd + delta("abcd") + odd, estimate(1))


def test_data_over_several_lines_is_one_chunk():
    pretty = b"".join(
        b"data: " + line + b"\n" for line in json.dumps({"usage": FIGURES}, indent=1).encode().split(b"\n")
    )
    assert of_stream(pretty + b"\n" + DONE) == (DONE, REPORTED)


def test_a_usage_chunk_that_ends_the_stream_without_an_empty_line_counts_and_is_hidden():
    assert of_stream(delta("Hello"), USAGE.rstrip(b"\n")) == (delta("Hello"), REPORTED)


def test_text_that_ends_the_stream_without_an_empty_line_counts_and_is_passed_on():
    whole = delta("abcd").rstrip(b"\n")
    assert of_stream(whole) == (whole, estimate(1))


def test_an_empty_stream_leaves_the_prompt():
    assert of_stream() == of_stream(b"", b"") == (b"", estimate(0))


def test_text_goes_on_as_soon_as_its_event_is_whole():
    meter = registry.CHAT.stream_meter(REQUEST, hide_usage=True)
    assert meter.feed(delta("Hel") + delta("lo")[:5]) == delta("Hel")
    assert meter.feed(delta("lo")[5:]) == delta("lo")


@pytest.mark.parametrize("hide_usage", [True, False])
def test_a_stream_that_reports_an_error_has_failed(hide_usage):
    error = b'data: {"error":{"message":"The server had an error"}}\n\n'
    meter = registry.CHAT.stream_meter(REQUEST, hide_usage=hide_usage)
    meter.feed(delta("abcd"))
    assert not meter.failed
    assert meter.feed(error) == error
    assert meter.failed
    meter.feed(DONE)
    assert meter.failed


def test_a_chat_is_not_stored():
    meter = registry.CHAT.stream_meter(REQUEST, hide_usage=True)
    meter.feed(event(id="chatcmpl-1", choices=[], usage=FIGURES))
    assert meter.response == {}


def test_a_cut_usage_chunk_is_not_taken_for_a_whole_one():
    meter = registry.CHAT.stream_meter(REQUEST, hide_usage=True)
    meter.feed(delta("abcd") + USAGE[:-10])
    assert meter.finish() == (USAGE[:-10], True)
    assert meter.usage() == estimate(1)


def test_usage_may_be_asked_for_while_the_stream_runs():
    meter = registry.CHAT.stream_meter(REQUEST, hide_usage=True)
    meter.feed(delta("abcd"))
    assert meter.usage() == estimate(1)
    meter.feed(delta("efgh"))
    assert meter.usage() == estimate(2)


# The network cuts where it likes; what the client gets and pays is the same.
STREAMS = {
    "line feeds": delta("Hel", usage=None) + delta("lo, 世界 🦙") + USAGE + DONE,
    "CRLF": b"".join(
        [
            b": connected\r\n\r\n",
            event(b"\r\n", choices=[{"delta": {"content": "Hello"}}]),
            event(b"\r\n", choices=[], usage=FIGURES),
            b"data: [DONE]\r\n\r\n",
        ]
    ),
    "CR": event(b"\r", choices=[{"delta": {"content": "Hello"}}])
    + event(b"\r", usage=FIGURES)
    + b"data: [DONE]\r\r",
    "no figures": delta("Hello") + delta("there") + DONE,
    "broken off": delta("Hello") + USAGE[:-1],
}


@pytest.mark.parametrize("hide_usage", [True, False], ids=["hidden", "shown"])
@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_a_border_at_any_byte_changes_nothing(stream, hide_usage):
    whole = of_stream(stream, hide_usage=hide_usage)

    for border in range(len(stream) + 1):
        assert of_stream(stream[:border], stream[border:], hide_usage=hide_usage) == whole


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_a_stream_may_come_byte_by_byte(stream):
    assert of_stream(*(bytes([byte]) for byte in stream)) == of_stream(stream)


@given(stream=st.sampled_from([*STREAMS.values()]), places=st.lists(st.integers(0, 400), max_size=12))
@settings(max_examples=60, deadline=None)
def test_any_borders_change_nothing(stream, places):
    borders = [0, *sorted(min(place, len(stream)) for place in places), len(stream)]
    assert of_stream(*(stream[start:end] for start, end in pairwise(borders))) == of_stream(stream)


def test_the_streams_differ_in_what_is_hidden():
    """Else the borders above would prove nothing."""
    assert of_stream(STREAMS["CRLF"]) == (
        STREAMS["CRLF"].replace(event(b"\r\n", choices=[], usage=FIGURES), b""),
        REPORTED,
    )
    assert of_stream(STREAMS["no figures"]) == (STREAMS["no figures"], estimate(4))
