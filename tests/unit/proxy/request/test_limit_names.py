"""A limit on the output, or a number of outputs, is served at the top of a request, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.request import json_body, limit_names
from tollgate_proxy.request.member_names import CHOICES, OUTPUT_LIMITS

DEEP: dict[str, Any] = {"n": 1}
for _ in range(2000):
    DEEP = {"a": [DEEP]}


def refusal(members):
    with pytest.raises(RefusedError) as refused:
        limit_names.refuse_misplaced(members)
    return refused.value


# Each is of an API, or a server, that knows it; or of clients that send it to one.
@pytest.mark.parametrize(
    ("members", "place", "usual"),
    [
        ({"options": {"num_predict": 5}}, "options.num_predict", "max_tokens"),
        ({"options": {"num_predict": -1}}, "options.num_predict", "max_tokens"),
        ({"generation_config": {"max_output_tokens": 5}}, None, "max_output_tokens"),
        ({"generation_config": {"maxOutputTokens": 5}}, None, "max_output_tokens"),
        ({"generationConfig": {"candidateCount": 5}}, "generationConfig.candidateCount", "n"),
        ({"parameters": {"max_new_tokens": 5}}, "parameters.max_new_tokens", "max_tokens"),
        ({"parameters": {"type": "function", "max_new_tokens": 5}}, None, "max_tokens"),
        ({"sampling_params": {"max_new_tokens": 5, "n": 1}}, None, "max_tokens"),
        ({"sampling_params": [{"n": 5}]}, "sampling_params[0].n", "n"),
        ({"inferenceConfig": {"maxTokens": 5}}, "inferenceConfig.maxTokens", "max_tokens"),
        ({"textGenerationConfig": {"maxTokenCount": 5}}, None, "max_tokens"),
        ({"extra_body": {"max_tokens": 5}}, "extra_body.max_tokens", "max_tokens"),
        ({"extra_body": {"extra_body": {"n": 5}}}, "extra_body.extra_body.n", "n"),
        ({"extra_body": {"options": {"num_predict": 5}}}, "extra_body.options.num_predict", "max_tokens"),
        ({"extra_body": {"parameters": {"maxNewTokens": 5}}}, None, "max_tokens"),
        ({"extra_body": {"google": {"generation_config": {"candidate_count": 2}}}}, None, "n"),
        ({"vllm_xargs": {"best_of": 5}}, "vllm_xargs.best_of", "best_of"),
        ({"additionalModelRequestFields": {"max_gen_len": "5"}}, None, "max_tokens"),
        ({"requests": [{"body": {"max_completion_tokens": 5}}]}, None, "max_completion_tokens"),
        ({"stream_options": {"n": 2}}, "stream_options.n", "n"),
        ({"anything": {"MAX_TOKENS": 5}}, "anything.MAX_TOKENS", "max_tokens"),
        ({"anything": DEEP}, None, "n"),
    ],
)
def test_a_limit_within_an_object_is_refused_by_name(members, place, usual):
    refused = refusal(members)
    assert (refused.reason, refused.param) == (Reason.INVALID_PARAMETER, place or refused.param)
    assert refused.message == (
        f"`{refused.param}` isn't served: it belongs to the request itself, as `{usual}`."
    )
    assert len(refused.param or "") < 400


@pytest.mark.parametrize("name", [*OUTPUT_LIMITS, *CHOICES])
def test_each_of_them_is_refused_wherever_a_provider_may_read_it(name):
    for holder in ("options", "extra_body", "parameters"):
        refusal({holder: {name: 5}})
        refusal({holder: {"within": [{name: 5}]}})


@pytest.mark.parametrize("name", [*OUTPUT_LIMITS, *CHOICES])
@pytest.mark.parametrize(
    "spelt",
    [
        str.upper,
        str.title,
        lambda name: "".join(part.title() if at else part for at, part in enumerate(name.split("_"))),
        lambda name: name.replace("_", "-"),
        lambda name: f"{name}\0x",
    ],
)
def test_each_of_them_is_refused_in_any_other_spelling(name, spelt):
    given = spelt(name)
    if given == name:
        return
    written = given.replace("\0", "\\u0000")
    with pytest.raises(RefusedError) as refused:
        json_body.parse(f'{{"{written}": 5}}'.encode())
    assert refused.value.reason in (Reason.UNKNOWN_MEMBER, Reason.INVALID_JSON)


@pytest.mark.parametrize(
    "members",
    [
        {"max_tokens": 5, "n": 2, "num_predict": 5},
        {"options": {"num_ctx": 4096, "num_predict": None}},
        {"metadata": {"n": "5", "max_tokens": "5"}},
        {"reasoning": {"max_tokens": 5}},
        {"thinking": {"type": "enabled", "budget_tokens": 5}},
        {"fallbacks": [{"model": "x", "max_tokens": 5}]},
        {"tools": [{"type": "advisor", "max_tokens": 5}]},
        {"tools": [{"function": {"name": "f", "parameters": {"properties": {"n": {}}}}}]},
        {"messages": [{"role": "assistant", "tool_calls": [{"function": {"arguments": {"n": 5}}}]}]},
        {"input": [{"type": "function_call_output", "output": [{"n": 5}]}]},
        {"response_format": {"type": "json_schema", "json_schema": {"schema": {"n": 5}}}},
        {"text": {"format": {"schema": {"properties": {"max_tokens": {}}}}}},
        {"extra_body": {"google": {"thinking_config": {"thinking_budget": 5}}}},
        {"extra_body": {"metadata": {"n": 5}}},
        {"json_schema": {"type": "object", "properties": {"n": {"type": "integer"}}}},
        {"chat_template_kwargs": {"max_tokens": 5}},
        {"logit_bias": {"50256": -100}},
    ],
)
def test_what_is_no_limit_of_the_request_passes(members):
    limit_names.refuse_misplaced(members)
