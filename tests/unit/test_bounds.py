"""What a request can use at most: never less than it does use, and no more than can be known."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import builders
from tollgate import money
from tollgate.catalog import ModelType
from tollgate.prices import UNPRICED, PriceVersion
from tollgate.refusals import Reason, RefusedError
from tollgate.usage import TokenClass
from tollgate.usage_reports import MOST_TOKENS
from tollgate_proxy.bounds import OutputPolicy, demand, stated_output
from tollgate_proxy.estimates import estimated

POLICY = OutputPolicy(unstated=4096, least=256)
PRICE = builders.price_version(
    {TokenClass.INPUT: "0.15", TokenClass.OUTPUT: "0.6"},
    tool_prices={"web_search": money.ONE, "file_search": money.ONE, "code_interpreter": money.ONE},
)
ADDED = 1024
IMAGE = 48_600
LARGEST_CONTEXT = 2_097_152
PNG = "data:image/png;base64," + "iVBORw0KGgo" * 1000
BASE64 = "iVBORw0KGgo=" * 1000
SEARCH = {"type": "web_search"}


def wanted(members: dict[str, Any], price: PriceVersion = PRICE, **model: Any):
    return demand(members, sent_bytes(members), builders.model(**model), (price,), POLICY)


def prompt_tokens(members: dict[str, Any], **model: Any) -> int:
    return wanted(members, **model).prompt_tokens


def sent_bytes(members: dict[str, Any]) -> int:
    return len(json.dumps(members).encode())


def chat(*parts: Any) -> dict[str, Any]:
    """A chat completion, message, or response with one user's message of these parts."""
    return {"messages": [{"role": "user", "content": list(parts)}]}


def refusal(members: dict[str, Any]) -> RefusedError:
    with pytest.raises(RefusedError) as refused:
        wanted(members)
    return refused.value


# The output


@pytest.mark.parametrize("name", ["max_completion_tokens", "max_tokens", "max_output_tokens"])
@pytest.mark.parametrize("limit", [1, 100, 100.0, 1_000_000])
def test_an_output_that_the_client_limits_gets_just_that(name, limit):
    asked = wanted({name: limit})
    assert (asked.output_tokens, asked.least_output_tokens) == (limit, limit)
    assert isinstance(asked.output_tokens, int)


def test_of_several_limits_the_largest_counts():
    members = {"max_tokens": 5, "max_completion_tokens": 7, "max_output_tokens": None}
    assert wanted(members).output_tokens == 7


@pytest.mark.parametrize("limit", [100, 10_000])
def test_no_output_is_longer_than_the_model_can_write(limit):
    asked = wanted({"max_tokens": limit}, output_limit=1000)
    assert asked.output_tokens == asked.least_output_tokens == min(limit, 1000)


@pytest.mark.parametrize("limit", [10**30, 1e300])
def test_a_limit_beyond_any_figure_is_cut_to_what_is_charged(limit):
    asked = wanted({"max_tokens": limit, "n": 128})
    assert asked.output_tokens == MOST_TOKENS
    assert asked.most(money.ONE).amount > 0


@pytest.mark.parametrize(
    ("output_limit", "most", "least"), [(None, 4096, 256), (8192, 4096, 256), (1000, 1000, 256), (99, 99, 99)]
)
def test_an_output_without_a_limit_gets_what_is_affordable_within_the_policy(output_limit, most, least):
    asked = wanted({"max_tokens": None}, output_limit=output_limit)
    assert (asked.output_tokens, asked.least_output_tokens) == (most, least)


def test_thinking_is_within_the_limit_of_the_output():
    members = {"max_tokens": 2000, "thinking": {"type": "enabled", "budget_tokens": 1500}}
    assert wanted(members).most(money.ONE).tokens == sent_bytes(members) + ADDED + 2000


@pytest.mark.parametrize("name", ["max_completion_tokens", "max_tokens", "max_output_tokens", "n"])
@pytest.mark.parametrize("value", [0, -1, 0.5, 1.5, True, False, "1", [], {}, float("inf"), -1.0])
def test_a_limit_that_is_no_positive_integer_is_refused(name, value):
    refused = refusal({name: value})
    assert (refused.reason, refused.param) == (Reason.INVALID_PARAMETER, name)


def test_a_refusal_says_what_would_be_right():
    assert refusal({"max_tokens": 0}).message == "`max_tokens` must be an integer of at least 1."
    assert refusal({"n": 129}).message == "`n` must be an integer from 1 to 128."


@pytest.mark.parametrize(
    ("members", "stated"),
    [
        ({}, False),
        ({"max_tokens": None, "max_completion_tokens": None}, False),
        ({"n": 2, "max_tool_calls": 2}, False),
        ({"max_tokens": 5}, True),
        ({"max_completion_tokens": 5}, True),
        ({"max_output_tokens": 5}, True),
    ],
)
def test_whether_the_client_limits_the_output(members, stated):
    assert (stated_output(members) is not None) is stated


@pytest.mark.parametrize(("n", "choices"), [(None, 1), (1, 1), (3, 3), (3.0, 3), (128, 128)])
def test_each_choice_gets_an_output(n, choices):
    asked = wanted({"n": n, "max_tokens": 10})
    assert asked.choices == choices
    assert asked.most(money.ONE).tokens == asked.prompt_tokens + 10 * choices


@pytest.mark.parametrize("content", ["é🦙", [{"type": "text", "text": "é"}, {"type": "te", "text": "🦙"}]])
def test_a_prediction_is_billed_as_output_of_each_choice_if_the_model_rejects_it(content):
    members = {"n": 2, "prediction": {"type": "content", "content": content}}
    text = ["content", "é🦙"] if isinstance(content, str) else ["content", "text", "é", "te", "🦙"]
    assert wanted(members).other_output_tokens == 2 * len("".join(text).encode())


def test_a_prediction_may_hold_half_a_character():
    assert wanted({"prediction": "\ud83e"}).other_output_tokens == 3


# Text


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"messages": "not a list"},
        {"messages": [{"role": "user", "content": "Hello"}]},
        {"messages": [{"role": "user", "content": "模型" * 1000}]},
        chat({"type": "text", "text": "Hello"}, {"type": "refusal", "refusal": "No"}),
        {"messages": [{"role": "assistant", "tool_calls": [{"type": "function", "function": {}}]}]},
        {"tools": [{"type": "function", "function": {"name": "f"}}, {"type": "custom"}, {"name": "f"}, None]},
        {"tools": {"type": "web_search"}},
        {"system": [{"type": "text", "text": "Be brief"}], "messages": []},
        chat({"type": "tool_result", "content": [{"type": "text", "text": "Fine"}]}),
        chat({"type": "thinking", "thinking": "Hm"}, {"type": "redacted_thinking", "data": "Hm"}),
        chat({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Words"}}),
        chat({"type": "search_result", "content": [{"type": "text", "text": "Found"}]}),
        {"input": "Hello", "instructions": "Be brief"},
        {
            "input": [
                {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]}
            ]
        },
        {"input": [{"type": "function_call_output", "output": [{"type": "input_text", "text": "Fine"}]}]},
        {"input": [{"type": "reasoning", "encrypted_content": "gAAAA", "summary": []}]},
    ],
    ids=str,
)
def test_text_is_at_most_its_bytes_and_what_a_provider_adds(members):
    assert prompt_tokens(members) == sent_bytes(members) + ADDED


def test_tools_that_anthropic_has_defined_are_longer_than_what_the_request_says_of_them():
    members = {
        "messages": [],
        "tools": [{"type": "bash_20250124", "name": "bash"}, {"type": "computer_20251124"}],
    }
    asked = wanted(members)
    assert asked.prompt_tokens == sent_bytes(members) + ADDED + 2 * 1536
    assert asked.choices == 1


def test_no_prompt_is_longer_than_the_model_can_read():
    members = {"messages": [{"role": "user", "content": "word " * 10_000}]}
    assert prompt_tokens(members, context_limit=8192) == 8192
    assert prompt_tokens(members, context_limit=100_000) == sent_bytes(members) + ADDED


# Media


@pytest.mark.parametrize(
    ("part", "inline"),
    [
        ({"type": "image_url", "image_url": {"url": PNG}}, PNG),
        ({"type": "image_url", "image_url": PNG}, PNG),
        ({"type": "input_image", "image_url": PNG, "detail": "high"}, PNG),
        ({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": BASE64}}, BASE64),
        ({"type": "image_url", "image_url": {"url": "https://example.com/llama.png"}}, ""),
        ({"type": "image", "source": {"type": "url", "url": "https://example.com/llama.png"}}, ""),
        ({"type": "image", "source": {"type": "file", "file_id": "file_1"}}, ""),
        ({"type": "input_image", "image_url": None, "file_id": "file-1"}, ""),
        ({"type": "image_url"}, ""),
    ],
    ids=lambda part: str(part)[:60],
)
def test_an_image_counts_as_an_image_and_not_by_its_bytes(part, inline):
    members = chat({"type": "text", "text": "What are these?"}, part, part)
    assert prompt_tokens(members) == sent_bytes(members) + ADDED + 2 * (IMAGE - len(inline))


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
    assert prompt_tokens(members) == sent_bytes(members) + ADDED + IMAGE - len(PNG)


IMAGE_PART = {"type": "image_url", "image_url": {"url": PNG}}


@pytest.mark.parametrize(
    "members",
    [
        chat({"type": "tool_use", "input": IMAGE_PART}),
        chat({"type": "text", "text": PNG}),
        {"tools": [{"type": "function", "function": {"parameters": {"default": IMAGE_PART}}}]},
        {"metadata": IMAGE_PART},
        {"response_format": IMAGE_PART},
    ],
    ids=lambda members: str(members)[:60],
)
def test_what_only_looks_like_an_image_is_text(members):
    assert prompt_tokens(members) == sent_bytes(members) + ADDED


@pytest.mark.parametrize("audio_format", ["wav", "mp3"])
@pytest.mark.parametrize(("seconds", "tokens"), [(0, 1024), (1, 1024), (3600, 120_000)])
def test_audio_is_at_most_as_long_as_its_bytes_can_hold(audio_format, seconds, tokens):
    """At 8 kbit/s, MP3's lowest bit rate."""
    data = "A" * (seconds * 1000 * 4 // 3)
    members = chat({"type": "input_audio", "input_audio": {"data": data, "format": audio_format}})
    assert prompt_tokens(members) == sent_bytes(members) + ADDED + tokens - len(data)
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


@pytest.mark.parametrize(("part", "inline"), FILES, ids=lambda part: str(part)[:60])
def test_a_file_can_be_as_long_as_the_model_can_read(part, inline):
    members = chat(part, part)
    assert prompt_tokens(members, context_limit=128_000) == 128_000
    assert prompt_tokens(members) == sent_bytes(members) + ADDED + 2 * (LARGEST_CONTEXT - len(inline))


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
    assert prompt_tokens(members) == sent_bytes(members) + ADDED + LARGEST_CONTEXT


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
    assert demand(members, 7, builders.model(), (PRICE,), POLICY).prompt_tokens == 7 + ADDED


# Tools that the provider runs


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "web_search"},
        {"type": "web_search_preview"},
        {"type": "web_search_20250305", "name": "web_search"},
        {"type": "file_search", "vector_store_ids": ["vs_1"]},
        {"type": "code_interpreter", "container": {"type": "auto"}},
        {"type": "code_execution_20250825", "name": "code_execution"},
        {"type": "image_generation"},
        {"type": "mcp", "server_url": "https://example.com"},
        {"type": "computer_use_preview"},
        {"type": "not heard of yet"},
        {"type": {}},
    ],
    ids=str,
)
def test_a_hosted_tool_lets_the_model_read_a_full_context_after_each_call(tool):
    asked = wanted({"messages": [], "tools": [tool], "max_tokens": 100, "n": 2}, context_limit=128_000)
    assert asked.prompt_tokens == 11 * 128_000
    assert asked.output_tokens == 100
    assert asked.choices == 2 * 11


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
    assert asked.prompt_tokens == 11 * 128_000
    assert asked.tool_calls == {"web_search": 10, "file_search": 10, "code_interpreter": 10}


@pytest.mark.parametrize("nothing", [None, False, [], ""])
def test_what_is_switched_off_runs_nothing(nothing):
    members = {"messages": [], "web_search_options": nothing, "plugins": nothing, "tools": nothing}
    asked = wanted(members, context_limit=128_000)
    assert asked.prompt_tokens == sent_bytes(members) + ADDED
    assert asked.tool_calls == {}


def test_without_a_known_context_the_largest_of_any_model_is_read_at_each_call():
    members = {"messages": [], "tools": [SEARCH]}
    assert prompt_tokens(members) == 11 * (sent_bytes(members) + ADDED + LARGEST_CONTEXT)


def test_the_limit_of_a_response_holds_for_all_calls_of_the_model():
    asked = wanted({"input": "Who won?", "tools": [SEARCH], "max_output_tokens": 100}, context_limit=128_000)
    assert (asked.choices, asked.output_tokens) == (1, 100)
    assert asked.prompt_tokens == 11 * 128_000


def test_the_client_can_limit_the_calls_of_tools():
    members = {"input": "Who won?", "tools": [SEARCH, {"type": "file_search"}], "max_tool_calls": 3}
    asked = wanted(members, context_limit=128_000)
    assert asked.prompt_tokens == 4 * 128_000
    assert asked.tool_calls == {"web_search": 3, "file_search": 3}


def test_a_tools_own_limit_is_for_its_fees():
    """Not for the model's calls: it can ask once more, and reads that it may not."""
    tools = [{"type": "web_search_20250305", "max_uses": 2}, {"type": "code_interpreter"}]
    asked = wanted({"messages": [], "tools": tools}, context_limit=200_000)
    assert asked.tool_calls == {"web_search": 2, "code_interpreter": 10}
    assert asked.prompt_tokens == 11 * 200_000


def test_a_tool_counts_as_often_as_it_is_given():
    tools = [{"type": "web_search_20250305", "max_uses": 2}, {"type": "web_search_20260209", "max_uses": 3}]
    assert wanted({"tools": tools}).tool_calls == {"web_search": 5}


@pytest.mark.parametrize("kind", ["web_searches", "web", "image_generation", "mcp"])
def test_a_tool_without_a_price_has_no_fee(kind):
    assert wanted({"tools": [{"type": kind}]}).tool_calls == {}


def test_tools_of_the_client_have_no_fee():
    tools = [{"type": "function", "function": {"name": "web_search"}}, {"name": "web_search"}]
    assert wanted({"tools": tools, "max_tool_calls": 5}).tool_calls == {}


@pytest.mark.parametrize("value", [0, True, "3", 1.5])
def test_a_limit_of_calls_that_is_none_is_refused(value):
    assert refusal({"max_tool_calls": value}).param == "max_tool_calls"
    tools = [{"name": "f"}, {"type": "web_search_20250305", "max_uses": value}]
    assert refusal({"tools": tools}).param == "tools[1].max_uses"


def test_any_number_of_calls_has_a_price():
    asked = wanted({"input": "Who won?", "tools": [SEARCH], "max_tool_calls": 10**30}, context_limit=10**6)
    assert asked.prompt_tokens == MOST_TOKENS
    assert asked.most(money.ONE).amount > 0


@pytest.mark.parametrize(
    "management",
    [{"edits": [{"type": "compact_20260112"}]}, [{"type": "compaction", "compact_threshold": 200_000}]],
    ids=str,
)
def test_compaction_is_one_more_call_of_the_model(management):
    members = {"messages": [], "context_management": management}
    asked = wanted(members)
    assert asked.prompt_tokens == 2 * (sent_bytes(members) + ADDED)
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
    assert asked.prompt_tokens == sent_bytes(members) + ADDED
    assert (asked.output_tokens, asked.least_output_tokens) == (0, 0)
    assert asked.most(money.ONE).tokens == asked.prompt_tokens


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
    sent = json.dumps(members, ensure_ascii=ascii_only, separators=(",", ":")).encode()
    asked = demand(members, len(sent), builders.model(), (PRICE,), POLICY)
    assert asked.prompt_tokens >= estimated(members, completion_tokens=0).prompt_tokens


@given(CONVERSATIONS)
@thorough
def test_no_conversation_is_bounded_below_the_bytes_of_its_text(members):
    texts = [
        {**message, "content": [part for part in content if part["type"] == "text"]}
        if isinstance(content := message["content"], list)
        else message
        for message in members["messages"]
    ]
    assert prompt_tokens(members) >= sent_bytes({**members, "messages": texts}) + ADDED


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
    asked = wanted(members, context_limit=context_limit, type=model_type)
    assert asked.prompt_tokens > 0
    assert 0 <= asked.least_output_tokens <= asked.output_tokens
    assert asked.least(money.ONE).amount <= asked.most(money.ONE).amount


def test_an_unpriced_request_is_bounded_all_the_same():
    members = chat({"type": "text", "text": "Hello"})
    asked = wanted(members, UNPRICED)
    assert asked.most(money.ONE).amount == 0
    assert asked.prompt_tokens == sent_bytes(members) + ADDED
