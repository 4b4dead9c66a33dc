"""What a request can use at most: never less than it does use, and no more than can be known."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import builders
from tollgate import money
from tollgate.catalog.catalog import ModelType
from tollgate.pricing.price_versions import UNPRICED, PriceVersion
from tollgate.pricing.provider_usage import MAX_TOKENS
from tollgate.pricing.usage import TokenClass
from tollgate.pricing.vendors import Vendor
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.bounds.call_bounds import BoundContext, OutputPolicy, demand, stated_output, unlimited
from tollgate_proxy.bounds.token_estimates import estimated
from tollgate_proxy.request.json_body import JsonObject
from tollgate_proxy.request.member_names import CHOICES, OUTPUT_LIMITS

POLICY = OutputPolicy(default=4096, minimum=256)
PRICE = builders.price_version(
    {TokenClass.INPUT: "0.15", TokenClass.OUTPUT: "0.6"},
    tool_prices={"web_search": money.ONE, "file_search": money.ONE, "code_interpreter": money.ONE},
)
SETTING = BoundContext()
# What frames a message, its parts and their members, at most, in these small requests.
FRAME = 150
IMAGE = 48_600
MAX_CONTEXT = 2_097_152
PNG = "data:image/png;base64," + "iVBORw0KGgo" * 1000
BASE64 = "iVBORw0KGgo=" * 1000
SEARCH = {"type": "web_search"}


def wanted(
    members: dict[str, Any], price: PriceVersion = PRICE, setting: BoundContext = SETTING, **model: Any
):
    request = JsonObject(json.dumps(members), members, {})
    return demand(request, builders.model(**model), (price,), POLICY, setting)


def prompt_tokens(members: dict[str, Any], **changes: Any) -> int:
    return wanted(members, **changes).prompt_tokens


LONG = "xyzzy" * 100


def chat(*parts: Any) -> dict[str, Any]:
    """A chat completion, message, or response with one user's message of these parts."""
    return {"messages": [{"role": "user", "content": list(parts)}]}


def refusal(members: dict[str, Any]) -> RefusedError:
    with pytest.raises(RefusedError) as refused:
        wanted(members)
    return refused.value


# The output


@pytest.mark.parametrize("name", OUTPUT_LIMITS)
@pytest.mark.parametrize("limit", [1, 100, 100.0, 1_000_000])
def test_an_output_that_the_client_limits_gets_just_that(name, limit):
    asked = wanted({name: limit})
    assert (asked.output_tokens, asked.min_output_tokens) == (limit, limit)
    assert isinstance(asked.output_tokens, int)


def test_of_several_limits_the_largest_counts():
    members = {"max_tokens": 5, "max_completion_tokens": 7, "max_output_tokens": None}
    assert wanted(members).output_tokens == 7


@pytest.mark.parametrize("limit", [100, 10_000])
def test_no_output_is_longer_than_the_model_can_write(limit):
    asked = wanted({"max_tokens": limit}, output_limit=1000)
    assert asked.output_tokens == asked.min_output_tokens == min(limit, 1000)


@pytest.mark.parametrize("limit", [10**30, 1e300])
def test_a_limit_beyond_any_figure_is_cut_to_what_is_charged(limit):
    asked = wanted({"max_tokens": limit, "n": 128})
    assert asked.output_tokens == MAX_TOKENS
    assert asked.max_claim().amount > 0


@pytest.mark.parametrize(
    ("output_limit", "most", "worthwhile", "least"),
    [(None, 4096, 256, 16), (8192, 4096, 256, 16), (1000, 1000, 256, 16), (99, 99, 99, 16), (9, 9, 9, 9)],
)
def test_an_output_without_a_limit_gets_what_is_affordable_within_the_policy(
    output_limit, most, worthwhile, least
):
    asked = wanted({"max_tokens": None}, output_limit=output_limit)
    assert (asked.output_tokens, asked.worthwhile_output_tokens, asked.min_output_tokens) == (
        most,
        worthwhile,
        least,
    )


def test_thinking_is_within_the_limit_of_the_output():
    members = {"max_tokens": 2000, "thinking": {"type": "enabled", "budget_tokens": 1500}}
    assert wanted(members).max_claim().tokens == prompt_tokens(members) + 2000


@pytest.mark.parametrize("name", [*OUTPUT_LIMITS, *CHOICES])
@pytest.mark.parametrize("value", [0.5, 1.5, True, False, "1", [], {}, float("inf"), float("nan")])
def test_a_limit_that_is_no_integer_is_refused(name, value):
    refused = refusal({name: value})
    assert (refused.reason, refused.param) == (Reason.INVALID_PARAMETER, name)


def test_a_refusal_says_what_would_be_right():
    assert refusal({"n": 1.5}).message == "`n` must be an integer."


@pytest.mark.parametrize("name", OUTPUT_LIMITS)
@pytest.mark.parametrize("value", [0, -1, -1.0, -(10**30)])
def test_a_limit_that_limits_nothing_is_none(name, value):
    """Local servers take -1 for no limit."""
    asked = wanted({name: value})
    assert (asked.output_tokens, asked.worthwhile_output_tokens) == (POLICY.default, POLICY.minimum)
    assert unlimited({name: value}) == [name]


@pytest.mark.parametrize(
    ("limits", "output"),
    [
        ({"max_tokens": 10, "max_new_tokens": 900}, (900, 900, 900)),
        ({"max_tokens": 900, "num_predict": 10}, (900, 900, 900)),
        ({"max_tokens": 10, "n_predict": -1}, (4096, 256, 16)),
        ({"max_tokens": 10, "n_predict": 0}, (4096, 256, 16)),
        ({"max_tokens": 900, "n_predict": -1}, (4096, 900, 900)),
        ({"max_tokens": 9000, "max_gen_len": -1}, (9000, 9000, 9000)),
    ],
)
def test_whichever_name_a_provider_obeys_the_output_is_within_the_bound(limits, output):
    asked = wanted(limits)
    assert (asked.output_tokens, asked.worthwhile_output_tokens, asked.min_output_tokens) == output


def test_no_output_at_all_is_asked_for_by_its_own_name_alone():
    setting = BoundContext(takes_zero=True)
    assert wanted({"messages": [], "max_tokens": 0, "num_predict": 0}, setting=setting).output_tokens == 4096
    assert unlimited({"max_tokens": 0, "num_predict": 0}, takes_zero=True) == ["num_predict"]


@pytest.mark.parametrize("name", CHOICES)
@pytest.mark.parametrize(("value", "choices"), [(None, 1), (1, 1), (5, 5), (5.0, 5), (0, 1), (-1, 1)])
def test_each_of_several_outputs_counts_by_whatever_name(name, value, choices):
    assert wanted({name: value, "max_tokens": 10}).choices == choices
    assert wanted({"n": 3, name: value, "max_tokens": 10}).choices == (
        choices if name == "n" else max(3, choices)
    )


def test_a_member_that_is_text_alone_in_an_api_asks_for_no_tools():
    members = {"prompt": "A cat on a mat"}
    assert prompt_tokens(members, setting=BoundContext(plain=frozenset({"prompt"}))) < 200
    assert prompt_tokens(members) > 1_000_000


def test_a_message_with_no_output_warms_a_cache():
    asked = wanted({"messages": [], "max_tokens": 0}, setting=BoundContext(takes_zero=True))
    assert (asked.output_tokens, asked.min_output_tokens) == (0, 0)
    assert unlimited({"max_tokens": 0}, takes_zero=True) == []
    assert unlimited({"max_tokens": -1}, takes_zero=True) == ["max_tokens"]


@pytest.mark.parametrize(
    ("members", "stated"),
    [
        ({}, False),
        ({"max_tokens": None, "max_completion_tokens": None}, False),
        ({"n": 2, "max_tool_calls": 2}, False),
        ({"max_tokens": 5}, True),
        ({"max_completion_tokens": 5}, True),
        ({"max_output_tokens": 5}, True),
        ({"num_predict": 5}, True),
        ({"max_tokens": 5, "n_predict": -1}, False),
        ({"max_tokens": -1, "max_completion_tokens": 5}, False),
    ],
)
def test_whether_the_client_limits_the_output(members, stated):
    assert (stated_output(members) is not None) is stated


@pytest.mark.parametrize(("n", "choices"), [(None, 1), (1, 1), (3, 3), (3.0, 3), (200, 200), (0, 1), (-1, 1)])
def test_each_choice_gets_an_output(n, choices):
    asked = wanted({"n": n, "max_tokens": 10})
    assert asked.choices == choices
    assert asked.max_claim().tokens == asked.prompt_tokens + 10 * choices


@pytest.mark.parametrize("content", ["é🦙", [{"type": "text", "text": "é"}, {"type": "te", "text": "🦙"}]])
def test_a_prediction_is_billed_as_output_of_each_choice_if_the_model_rejects_it(content):
    members = {"n": 2, "prediction": {"type": "content", "content": content}}
    text = ["content", "é🦙"] if isinstance(content, str) else ["content", "text", "é", "te", "🦙"]
    alone = wanted({**members, "n": 1}).other_output_tokens
    assert alone >= len("".join(text).encode())
    assert wanted(members).other_output_tokens == 2 * alone


def test_a_prediction_may_hold_half_a_character():
    assert wanted({"prediction": "\ud83e"}).other_output_tokens >= 3


# Text


def test_a_short_prompt_is_few_tokens():
    """A budget that is worth 30 calls of 6 tokens in and 5 out serves 27 only if a bound is 24 at most."""
    for members in ({"messages": [{"role": "user", "content": "hi"}]}, {"input": "hi"}):
        assert prompt_tokens(members, setting=BoundContext(overhead=12)) <= 24


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"messages": [{"role": "user", "content": "罢羯" * 1000}]}, "罢羯" * 1000),
        (chat({"type": "text", "text": "xyzzy"}, {"type": "refusal", "refusal": "plugh"}), "xyzzyplugh"),
        ({"messages": [{"role": "xyzzy" * 10, "content": ""}]}, "xyzzy" * 10),
        (chat({"type": "text", "text": "", "format": "xyzzy" * 10}), "xyzzy" * 10),
        ({"messages": [{"role": "user", "xyzzy": {"plugh": ["frobs"]}}]}, "xyzzyplughfrobs"),
        ({"messages": [{"role": "user", "Content": "xyzzy"}]}, "xyzzy"),
        ({"messages": [{"role": "tool", "tool_call_id": "xyzzyxyzzy", "content": ""}]}, "xyzzyxyzzy"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "plugh"}}]}]}, "plugh"),
        ({"messages": ["xyzzy"], "system": "plugh"}, "xyzzyplugh"),
        ({"messages": "xyzzy"}, "xyzzy"),
        ({"system": [{"type": "text", "text": "xyzzy"}], "messages": []}, "xyzzy"),
        (chat({"type": "tool_result", "content": [{"type": "text", "text": "xyzzy"}]}), "xyzzy"),
        (chat({"type": "thinking", "thinking": "xyzzy"}), "xyzzy"),
        (chat({"type": "redacted_thinking", "data": "xyzzy"}), "xyzzy"),
        (chat({"type": "document", "source": {"type": "text", "data": "xyzzyxyzzy"}}), "xyzzyxyzzy"),
        ({"input": "xyzzy", "instructions": "plugh"}, "xyzzyplugh"),
        ({"input": [{"type": "function_call_output", "output": "xyzzy"}]}, "xyzzy"),
        ({"input": [{"type": "reasoning", "encrypted_content": "xyzzy", "summary": []}]}, "xyzzy"),
        ({"tools": [{"type": "function", "function": {"description": "xyzzy"}}]}, "xyzzy"),
        ({"functions": [{"name": "xyzzy"}]}, "xyzzy"),
        ({"tools": {"type": "xyzzy"}}, "xyzzy"),
        ({"response_format": {"type": "json_schema", "json_schema": {"xyzzy": {}}}}, "xyzzy"),
        ({"unheard_of": "xyzzy", "Model": "plugh"}, "xyzzyplugh"),
        ({"messages": [{"content": "", "n": 10**30}]}, str(10**30)),
    ],
    ids=str,
)
def test_whatever_may_be_read_counts(members, text):
    """These words are in no vocabulary."""
    assert prompt_tokens(members) >= len(text.encode())
    assert prompt_tokens(members) <= 4 * len(text.encode()) + 2 * FRAME


@pytest.mark.parametrize(
    "unread",
    [{"model": "xyzzy" * 99}, {"metadata": {"xyzzy": "plugh"}}, {"temperature": 0.5}, {"user": "xyzzy"}],
)
def test_what_says_how_to_answer_is_not_read(unread):
    assert prompt_tokens({**unread, "input": "hi"}) == prompt_tokens({"input": "hi"})


@pytest.mark.parametrize(
    "text",
    [
        '{"messages": [{"role": "user", "content": "LONG", "content": "hi"}]}',
        '{"messages": [{"role": "user", "content": "hi", "x": {"a": "LONG", "a": 1}}]}',
        '{"messages": [{"content": "\\u0022", "a": {"LONG": 1, "LONG": 2}}]}',
        '{"tools": [{"parameters": {"default": 0.1ZEROS}}]}',
    ],
    ids=lambda text: text[:60],
)
def test_what_a_parser_drops_counts_all_the_same(text):
    """A provider may read the one of two members that isn't the last, or more digits than a float has."""
    text = text.replace("LONG", LONG).replace("ZEROS", "0" * 500)
    request = JsonObject(text, json.loads(text), {})
    assert demand(request, builders.model(), (PRICE,), POLICY, SETTING).prompt_tokens > 500


def test_what_a_provider_adds_counts():
    members = {"input": "hi"}
    assert prompt_tokens(members, setting=BoundContext(overhead=700)) == prompt_tokens(members) + 700


def test_tools_that_anthropic_has_defined_are_longer_than_what_the_request_says_of_them():
    members = {
        "messages": [],
        "tools": [{"type": "bash_20250124", "name": "bash"}, {"type": "computer_20251124"}],
    }
    asked = wanted(members)
    assert 2 * 1536 < asked.prompt_tokens < 2 * 1536 + 2 * FRAME
    assert asked.choices == 1


def test_no_prompt_is_longer_than_the_model_can_read():
    members = {"messages": [{"role": "user", "content": "word " * 10_000}]}
    assert prompt_tokens(members, context_limit=8192) == 8192
    assert prompt_tokens(members, context_limit=100_000) < 10_000 + FRAME


def test_a_count_that_providers_vouch_for_is_never_above_the_bound():
    members = {"messages": [{"role": "user", "content": "xyzzy " * 100}]}
    assert prompt_tokens(members, setting=BoundContext(counted=300)) == 300
    assert prompt_tokens(members, setting=BoundContext(counted=10**9)) == prompt_tokens(members)


# Media


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": PNG}},
        {"type": "image_url", "image_url": PNG},
        {"type": "input_image", "image_url": PNG, "detail": "high"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": BASE64}},
        {"type": "image_url", "image_url": {"url": "https://example.com/llama.png"}},
        {"type": "image", "source": {"type": "url", "url": "https://example.com/llama.png"}},
        {"type": "image", "source": {"type": "file", "file_id": "file_1"}},
        {"type": "input_image", "image_url": None, "file_id": "file-1"},
        {"type": "image_url"},
    ],
    ids=lambda part: str(part)[:60],
)
def test_an_image_counts_as_an_image_and_not_by_its_bytes(part):
    members = chat({"type": "text", "text": "What are these?"}, part, part)
    assert 2 * IMAGE < prompt_tokens(members) < 2 * (IMAGE + FRAME)


@pytest.mark.parametrize(
    "members",
    [
        {
            "input": [
                {"type": "message", "role": "user", "content": [{"type": "input_image", "image_url": PNG}]}
            ]
        },
        {"input": [{"type": "input_image", "image_url": PNG}]},
        {"input": [{"type": "function_call_output", "output": [{"type": "input_image", "image_url": PNG}]}]},
        {
            "input": [
                {"type": "computer_call_output", "output": {"type": "computer_screenshot", "image_url": PNG}}
            ]
        },
        chat({"type": "tool_result", "content": [{"type": "image", "source": {"data": PNG}}]}),
    ],
    ids=lambda members: str(members)[:60],
)
def test_an_image_counts_as_one_wherever_it_may_stand(members):
    assert IMAGE < prompt_tokens(members) < IMAGE + FRAME


@pytest.mark.parametrize(
    ("vendors", "detail", "most"),
    [
        ({Vendor.ANTHROPIC}, "high", 4_784),
        ({Vendor.OPENAI}, "low", 2_900),
        ({Vendor.OPENAI}, "high", IMAGE),
        ({Vendor.OPENAI, Vendor.AZURE}, "low", 2_900),
        ({Vendor.OTHER}, "low", IMAGE),
        ({Vendor.ANTHROPIC, Vendor.OTHER}, "low", IMAGE),
    ],
)
def test_an_image_is_as_large_as_it_is_with_the_dearest_of_the_vendors(vendors, detail, most):
    members = chat({"type": "image_url", "image_url": {"url": PNG, "detail": detail}})
    assert most < prompt_tokens(members, setting=BoundContext(vendors=frozenset(vendors))) < most + FRAME


IMAGE_PART = {"type": "image_url", "image_url": {"url": PNG}}


@pytest.mark.parametrize(
    "members",
    [
        chat({"type": "tool_use", "input": IMAGE_PART}),
        chat({"type": "text", "text": PNG}),
        {"tools": [{"type": "function", "function": {"parameters": {"default": IMAGE_PART}}}]},
        {"response_format": IMAGE_PART},
    ],
    ids=lambda members: str(members)[:60],
)
def test_what_only_looks_like_an_image_is_text(members):
    assert len(PNG) < prompt_tokens(members) < IMAGE


def test_an_image_and_the_same_text_both_count():
    data = "A" * 5000
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    text = {"type": "text", "text": f"data:image/png;base64,{data}"}
    assert prompt_tokens(chat(image, text)) > IMAGE + 5000
    short = {"type": "image", "source": {"data": "A"}}
    assert prompt_tokens(chat(short, {"type": "text", "text": "A"})) > prompt_tokens(chat(short))


@pytest.mark.parametrize("audio_format", ["wav", "mp3"])
@pytest.mark.parametrize(("seconds", "tokens"), [(0, 1024), (1, 1024), (3600, 120_000)])
def test_audio_is_at_most_as_long_as_its_bytes_can_hold(audio_format, seconds, tokens):
    """At 8 kbit/s, MP3's lowest bit rate."""
    data = "A" * (seconds * 1000 * 4 // 3)
    members = chat({"type": "input_audio", "input_audio": {"data": data, "format": audio_format}})
    assert tokens < prompt_tokens(members) < tokens + FRAME
    assert tokens >= 32 * seconds


FILES = [
    ({"type": "file", "file": {"file_data": PNG, "filename": "a.pdf"}}, PNG),
    ({"type": "file", "file": {"file_id": "file-1"}}, ""),
    ({"type": "file", "file": None}, ""),
    ({"type": "input_file", "file_data": PNG}, PNG),
    ({"type": "input_file", "file_url": "https://example.com/a.pdf"}, ""),
    ({"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": PNG}}, PNG),
    ({"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}}, ""),
    ({"type": "document"}, ""),
    ({"type": "document", "source": {"type": "text", "data": "A. B."}, "citations": {"enabled": True}}, ""),
    ({"type": "search_result", "content": [], "citations": {"enabled": True}}, ""),
    ({"type": "image_url", "image_url": {"url": "data:application/pdf;base64,JVBERi0="}}, "=" * 36),
    ({"type": "input_audio", "input_audio": {"data": BASE64, "format": "flac"}}, BASE64),
    ({"type": "input_audio", "input_audio": {"data": "https://a.b", "format": "mp3"}}, "https://a.b"),
    ({"type": "input_audio", "input_audio": "https://a.b"}, ""),
    ({"type": "video_url", "video_url": {"url": "https://example.com/llama.mp4"}}, ""),
    ({"type": "container_upload", "file_id": "file_1"}, ""),
    ({"type": ["text"]}, ""),
]


@pytest.mark.parametrize("part", [part for part, _ in FILES], ids=lambda part: str(part)[:60])
def test_a_file_can_be_as_long_as_the_model_can_read(part):
    members = chat(part, part)
    assert prompt_tokens(members, context_limit=128_000) == 128_000
    assert 2 * MAX_CONTEXT < prompt_tokens(members) < 2 * (MAX_CONTEXT + FRAME)


@pytest.mark.parametrize(
    "members",
    [
        {"input": "Go on", "previous_response_id": "resp_1"},
        {"input": "Go on", "conversation": "conv_1"},
        {"input": "Go on", "conversation": {"id": "conv_1"}},
        {"input": [{"type": "item_reference", "id": "msg_1"}]},
        {"input": [{"type": "reasoning", "id": "rs_1", "summary": []}]},
        {"messages": [{"role": "assistant", "audio": {"id": "audio_1"}}]},
    ],
    ids=str,
)
def test_what_the_provider_has_stored_can_be_as_long_as_the_model_can_read(members):
    assert prompt_tokens(members, context_limit=128_000) == 128_000
    assert MAX_CONTEXT < prompt_tokens(members) < MAX_CONTEXT + FRAME


@pytest.mark.parametrize(
    "wrap",
    [
        lambda inner: [inner],
        lambda inner: {"role": "user", "content": inner},
        lambda inner: {"content": [inner]},
        lambda inner: {"input": inner},
    ],
)
def test_however_deep_a_request_nests_it_is_bounded(wrap):
    content: Any = {"type": "text", "text": "abcd"}
    for _ in range(100_000):
        content = wrap(content)
    members = {"messages": [content], "prediction": content}
    request = JsonObject("x" * 1000, members, {})
    assert demand(request, builders.model(), (PRICE,), POLICY, SETTING).prompt_tokens >= 1000


# Tools that the provider runs


@pytest.mark.parametrize(
    ("tool", "first"),
    [
        ({"type": "web_search"}, 8192),
        ({"type": "web_search_preview"}, 8192),
        ({"type": "web_search_20250305", "name": "web_search"}, 8192),
        ({"type": "file_search", "vector_store_ids": ["vs_1"]}, 8192),
        ({"type": "code_interpreter", "container": {"type": "auto"}}, 8192),
        ({"type": "code_execution_20250825", "name": "code_execution"}, 8192),
        ({"type": "image_generation"}, 8192),
        ({"type": "mcp", "server_url": "https://example.com"}, 128_000),
        ({"type": "not heard of yet"}, 128_000),
        ({"type": {}}, 128_000),
    ],
    ids=str,
)
def test_a_hosted_tool_lets_the_model_read_a_full_context_after_each_call(tool, first):
    """Before the first there is what a provider says of it: all that fits, if that isn't known."""
    asked = wanted({"messages": [], "tools": [tool], "max_tokens": 100, "n": 2}, context_limit=128_000)
    assert 0 <= asked.prompt_tokens - 10 * 128_000 - first <= FRAME
    assert asked.output_tokens == 100
    assert asked.choices == 2 * 11


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "computer_use_preview"},
        {"type": "local_shell"},
        {"type": "shell"},
        {"type": "apply_patch"},
        {"type": "namespace", "name": "n", "tools": [{"type": "function", "name": "f"}]},
        {"type": "tool_search", "execution": "client"},
    ],
)
def test_a_tool_that_the_client_runs_has_the_model_called_once(tool):
    asked = wanted({"messages": [], "tools": [tool], "max_tokens": 100}, context_limit=128_000)
    assert asked.choices == 1
    assert asked.prompt_tokens < 1536 + 2 * FRAME


@pytest.mark.parametrize(
    "members",
    [
        {"web_search_options": {}},
        {"search_parameters": {"mode": "auto"}},
        {"plugins": [{"id": "web"}]},
        {"mcp_servers": [{"type": "url", "url": "https://example.com"}]},
        {"prompt": {"id": "pmpt_1"}},
    ],
    ids=str,
)
def test_searches_and_servers_are_tools_by_other_names(members):
    asked = wanted(members, context_limit=128_000)
    assert 10 * 128_000 < asked.prompt_tokens <= 11 * 128_000
    assert asked.tool_calls == {"web_search": 10, "file_search": 10, "code_interpreter": 10}


@pytest.mark.parametrize("nothing", [None, False, [], ""])
def test_what_is_switched_off_runs_nothing(nothing):
    members = {"messages": [], "web_search_options": nothing, "plugins": nothing, "tools": nothing}
    asked = wanted(members, context_limit=128_000)
    assert asked.prompt_tokens <= FRAME
    assert asked.tool_calls == {}


def test_without_a_known_context_the_largest_of_any_model_is_read_at_each_call():
    members = {"messages": [], "tools": [SEARCH]}
    assert 10 * MAX_CONTEXT < prompt_tokens(members) < 10 * MAX_CONTEXT + 11 * (8192 + FRAME)


def test_without_a_known_context_a_hosted_tool_is_named_as_what_is_dear():
    members = {"messages": [], "tools": [{"type": "function", "function": {"name": "f"}}, SEARCH]}
    assert wanted(members).advice == (
        "`tools[1]` lets the model read up to 2,097,152 tokens again. Leave the tool out, or ask your "
        "administrator to set the model's `contextLimit`."
    )
    assert wanted(members, context_limit=128_000).advice is None
    assert wanted({"messages": []}).advice is None


def test_the_limit_of_a_response_holds_for_all_calls_of_the_model():
    asked = wanted({"input": "Who won?", "tools": [SEARCH], "max_output_tokens": 100}, context_limit=128_000)
    assert (asked.choices, asked.output_tokens) == (1, 100)
    assert 10 * 128_000 < asked.prompt_tokens < 10 * 128_000 + 8192 + FRAME


def test_the_client_can_limit_the_calls_of_tools():
    members = {"input": "Who won?", "tools": [SEARCH, {"type": "file_search"}], "max_tool_calls": 3}
    asked = wanted(members, context_limit=128_000)
    assert 3 * 128_000 < asked.prompt_tokens < 3 * 128_000 + 2 * (8192 + FRAME)
    assert asked.tool_calls == {"web_search": 3, "file_search": 3}
    assert asked.max_tool_calls is None


@pytest.mark.parametrize("calls", [10, 3, 1])
def test_calls_of_tools_are_limited_for_the_client_where_providers_keep_to_that(calls):
    members = {"input": "Who won?", "tools": [SEARCH]}
    asked = wanted(members, context_limit=128_000, setting=BoundContext(limits_tools=True, tool_calls=calls))
    assert asked.max_tool_calls == calls
    assert asked.tool_calls == {"web_search": calls}
    assert calls * 128_000 < asked.prompt_tokens < calls * 128_000 + 8192 + FRAME


def test_a_request_without_hosted_tools_gets_no_limit_on_them():
    members = {"input": "Who won?", "tools": [{"type": "function", "name": "f"}]}
    assert wanted(members, setting=BoundContext(limits_tools=True)).max_tool_calls is None


def test_a_tools_own_limit_is_for_its_fees():
    """Not for the model's calls: it can ask once more, and reads that it may not."""
    tools = [{"type": "web_search_20250305", "max_uses": 2}, {"type": "code_interpreter"}]
    asked = wanted({"messages": [], "tools": tools}, context_limit=200_000)
    assert asked.tool_calls == {"web_search": 2, "code_interpreter": 10}
    assert 10 * 200_000 < asked.prompt_tokens < 10 * 200_000 + 2 * (8192 + FRAME)


def test_a_tool_counts_as_often_as_it_is_given():
    tools = [{"type": "web_search_20250305", "max_uses": 2}, {"type": "web_search_20260209", "max_uses": 3}]
    assert wanted({"tools": tools}).tool_calls == {"web_search": 5}


@pytest.mark.parametrize("kind", ["web_searches", "web", "image_generation", "mcp"])
def test_a_tool_without_a_price_has_no_fee(kind):
    assert wanted({"tools": [{"type": kind}]}).tool_calls == {}


def test_tools_of_the_client_have_no_fee():
    tools = [{"type": "function", "function": {"name": "web_search"}}, {"name": "web_search"}]
    assert wanted({"tools": tools, "max_tool_calls": 5}).tool_calls == {}


@pytest.mark.parametrize("value", [True, "3", 1.5])
def test_a_limit_of_calls_that_is_no_integer_is_refused(value):
    assert refusal({"max_tool_calls": value}).param == "max_tool_calls"
    tools = [{"name": "f"}, {"type": "web_search_20250305", "max_uses": value}]
    assert refusal({"tools": tools}).param == "tools[1].max_uses"


def test_any_number_of_calls_has_a_price():
    asked = wanted({"input": "Who won?", "tools": [SEARCH], "max_tool_calls": 10**30}, context_limit=10**6)
    assert asked.prompt_tokens == MAX_TOKENS
    assert asked.max_claim().amount > 0


@pytest.mark.parametrize(
    "management",
    [{"edits": [{"type": "compact_20260112"}]}, [{"type": "compaction", "compact_threshold": 200_000}]],
    ids=str,
)
def test_compaction_is_one_more_call_of_the_model(management):
    members = {"messages": [], "context_management": management}
    asked = wanted(members)
    assert asked.prompt_tokens % 2 == 0
    assert asked.prompt_tokens > 0
    assert asked.choices == 2


@pytest.mark.parametrize(
    "management", [None, {}, [], {"edits": [{"type": "clear_tool_uses_20250919"}, None]}]
)
def test_clearing_the_context_takes_no_call_of_the_model(management):
    assert wanted({"messages": [], "context_management": management}).choices == 1


# Embeddings


@pytest.mark.parametrize("content", ["a" * 20_000, ["a" * 20_000] * 3, [1, 2, 3], [[1, 2], [3]]], ids=len)
def test_each_input_of_an_embedding_has_a_context_of_its_own(content):
    members = {"input": content, "max_tokens": 5, "n": 2}
    asked = wanted(members, type=ModelType.EMBEDDING, context_limit=8192)
    texts = content if isinstance(content, list) else [content]
    least = sum(len(each) if isinstance(each, str | list) else 1 for each in texts)
    assert least <= asked.prompt_tokens <= 3 * least + FRAME
    assert (asked.output_tokens, asked.min_output_tokens) == (0, 0)
    assert asked.max_claim().tokens == asked.prompt_tokens


# Any conversation

TEXT = st.text(st.sampled_from('abc é模🦙\n"\\'), max_size=50)
DATA = st.integers(0, 5000).map(lambda length: "A" * length)
PARTS = st.one_of(
    TEXT.map(lambda text: {"type": "text", "text": text}),
    DATA.map(lambda data: {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}),
    DATA.map(lambda data: {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}),
    DATA.map(lambda data: {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{data}"}}),
)
CONTENT = TEXT | st.lists(PARTS, max_size=4)
CONVERSATIONS = st.fixed_dictionaries(
    {"messages": st.lists(st.fixed_dictionaries({"role": TEXT, "content": CONTENT}), max_size=6)},
    optional={
        "tools": st.lists(st.fixed_dictionaries({"function": st.dictionaries(TEXT, TEXT)}), max_size=3),
        "response_format": st.dictionaries(TEXT, TEXT),
        "max_tokens": st.integers(1, 10_000),
        "n": st.integers(1, 128),
    },
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "content", "output", "source", "data", "file", "image_url", "edits"])
            | TEXT,
            inner | st.sampled_from(["text", "image", "image_url", "input_audio", "file", "document"]),
            max_size=4,
        )
    ),
    max_leaves=15,
)
PLACES = (
    *("messages", "input", "system", "instructions", "tools", "prediction"),
    *("prompt", "plugins", "conversation", "context_management"),
)
MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(PLACES, JSON),
        "max_tokens": st.none() | st.integers(1),
        "max_tool_calls": st.none() | st.integers(1),
        "n": st.none() | st.integers(1, 128),
    },
)
thorough = settings(max_examples=200, deadline=None)


@given(CONVERSATIONS, st.booleans())
@thorough
def test_no_conversation_is_estimated_above_its_bound(members, ascii_only):
    """An estimate is charged where a provider gives no figures."""
    sent = json.dumps(members, ensure_ascii=ascii_only, separators=(",", ":"))
    request = JsonObject(sent, members, {})
    asked = demand(request, builders.model(), (PRICE,), POLICY, SETTING)
    assert asked.prompt_tokens >= estimated(members, completion_tokens=0).prompt_tokens


@given(CONVERSATIONS)
@thorough
def test_no_conversation_of_unheard_of_words_is_bounded_below_the_bytes_of_its_text(members):
    texts = [message["role"] for message in members["messages"]]
    for message in members["messages"]:
        content = message["content"]
        parts = [content] if isinstance(content, str) else [part.get("text", "") for part in content]
        texts += parts
    assert prompt_tokens(members) >= len("".join(texts).encode()) - sum(len(text) // 3 for text in texts)


@given(CONVERSATIONS, CONTENT)
@thorough
def test_a_longer_conversation_has_no_lower_bound(members, content):
    longer = {**members, "messages": [*members["messages"], {"role": "user", "content": content}]}
    for context_limit in (None, 1000):
        assert prompt_tokens(longer, context_limit=context_limit) >= prompt_tokens(
            members, context_limit=context_limit
        )


@given(MEMBERS, st.sampled_from([None, 128_000]), st.sampled_from(ModelType))
@thorough
def test_any_request_has_a_bound_whatever_is_in_it(members, context_limit, model_type):
    setting = BoundContext(overhead=12)
    asked = wanted(members, setting=setting, context_limit=context_limit, type=model_type)
    assert asked.prompt_tokens > 0
    assert 0 <= asked.min_output_tokens <= asked.output_tokens
    assert asked.min_claim().amount <= asked.max_claim().amount


def test_an_unpriced_request_is_bounded_all_the_same():
    members = chat({"type": "text", "text": "Hello"})
    asked = wanted(members, UNPRICED)
    assert asked.max_claim().amount == 0
    assert 0 < asked.prompt_tokens <= FRAME


# What has no type


@pytest.mark.parametrize(
    "part", [{"image_url": {"url": "https://example.com/a.png"}}, {"image_url": PNG}, {"image": PNG}]
)
def test_an_image_is_one_without_a_type_too(part):
    assert IMAGE <= prompt_tokens(chat(part)) < 2 * IMAGE


@pytest.mark.parametrize(
    "part",
    [{"video_url": {"url": "https://example.com/a"}}, {"file_id": "file_1"}, {"inline_data": {"data": "A"}}],
)
def test_other_media_without_a_type_are_unseen(part):
    assert prompt_tokens(chat(part), context_limit=20_000) == 20_000


def test_an_item_of_responses_that_only_names_another_is_unseen():
    assert prompt_tokens({"input": [{"id": "msg_1"}]}, context_limit=20_000) == 20_000


@pytest.mark.parametrize(
    "item", [{"role": "user", "content": "hi"}, {"text": "hi"}, {"id": "m", "role": "assistant"}, {}]
)
def test_what_is_said_needs_no_type(item):
    assert prompt_tokens({"messages": [item]}) < FRAME


@pytest.mark.parametrize(("members", "choices"), [({"best_of": 5}, 5), ({"n": 2, "best_of": 5}, 5)])
def test_outputs_that_the_best_is_chosen_of_may_all_be_billed(members, choices):
    assert wanted({"messages": [], **members}).choices == choices
