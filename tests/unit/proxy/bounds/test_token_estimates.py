"""Token counts: the provider's figures if they are sound, otherwise an estimate."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tollgate.pricing.usage import Usage, UsageSource
from tollgate_proxy.bounds.token_estimates import estimate_tokens, estimated

PNG = "data:image/png;base64," + "iVBORw0KGgo" * 10_000


@pytest.mark.parametrize(
    ("content", "tokens"),
    [
        ("", 0),
        ("a", 1),
        ("abcd", 1),
        ("abcde", 2),
        ("how are you?", 3),
        ("模型", 2),
        ("é", 1),
        ("abcd模", 2),
        ("a模b", 2),
        ("🦙", 1),
        ("\ud800", 1),
        (None, 0),
        (True, 0),
        (1234, 0),
        (1.5, 0),
        ([], 0),
        ({}, 0),
        (["abcd", "efgh"], 2),
        ({"role": "user", "content": "how are you?"}, 4),
        ({"never a name": None}, 0),
        ([{"type": "text", "text": "abcd"}, {"type": "text", "text": "efgh"}], 4),
        ({"a": {"b": [{"c": "abcd"}]}}, 1),
    ],
)
def test_text_is_about_four_characters_a_token_and_one_beyond_ascii(content, tokens):
    assert estimate_tokens(content) == tokens


@pytest.mark.parametrize(
    ("content", "tokens"),
    [
        ([1, 2, 3], 3),
        ([[1, 2, 3], [4, 5]], 5),
        ([0, 100_257], 2),
        (["abcd", [1, 2]], 3),
        ([True, False], 0),
        ([1.5, -1, None], 0),
        ({"temperature": 1, "ids": [1, 2]}, 2),
    ],
)
def test_a_list_of_numbers_is_tokens_already(content, tokens):
    assert estimate_tokens(content) == tokens


def test_an_image_counts_as_an_image_and_not_by_its_bytes():
    content = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": PNG}},
    ]
    without = estimate_tokens([content[0], {"type": "image_url"}])
    assert estimate_tokens(content) == without + 765
    assert estimate_tokens([PNG, PNG]) == 2 * 765


@pytest.mark.parametrize("text", ["data: " + "word " * 10_000, "data:" + "x" * 50_000])
def test_text_about_data_is_text(text):
    assert estimate_tokens(text) == estimate_tokens("the " + text) - 1


@given(st.recursive(st.text("abc é模🦙", max_size=20) | st.integers(), st.lists, max_leaves=20))
@settings(max_examples=50, deadline=None)
def test_parts_count_the_same_wherever_they_stand(content):
    assert estimate_tokens([content, {"a": content}]) - estimate_tokens([content]) == estimate_tokens(
        {"a": content}
    )


@pytest.mark.parametrize(
    "wrap", [lambda inner: [inner], lambda inner: {"a": inner}], ids=["lists", "objects"]
)
def test_however_deep_content_nests_it_is_counted(wrap):
    content = "abcd"
    for _ in range(100_000):
        content = wrap(content)
    assert estimate_tokens(content) == 1


def test_an_estimate_is_of_what_the_model_is_given_to_read():
    request = {
        "model": "a name that no one pays for",
        "user": "nor this one",
        "messages": [{"content": "abcd"}],
        "input": "abcd",
        "tools": [{"function": {"name": "abcd"}}],
        "functions": [{"name": "abcd"}],
        "response_format": {"type": "abcd"},
        "max_tokens": 1000,
        "stop": ["abcd"],
    }
    assert estimated(request, completion_tokens=7) == Usage.of(5, 7, UsageSource.ESTIMATED)


@pytest.mark.parametrize(
    "request_", [{}, {"messages": None}, {"input": True, "tools": "", "messages": {}}], ids=repr
)
def test_a_request_that_sends_nothing_is_estimated_at_nothing(request_):
    assert estimated(request_, completion_tokens=0) == Usage.of(0, 0, UsageSource.ESTIMATED)


@pytest.mark.parametrize(
    ("tier", "kept"), [("flex", "flex"), ("x" * 400_000, None), ("\ud800", None), (7, None)]
)
def test_an_estimate_is_for_the_tier_that_was_asked_for_if_it_is_one(tier, kept):
    assert estimated({"messages": [], "service_tier": tier}, 0).service_tier == kept
