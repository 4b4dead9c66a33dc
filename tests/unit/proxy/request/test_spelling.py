"""Members whose names a provider might read otherwise than Tollgate does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import anthropic
import openai
import pytest

from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.request.json_body import parse
from tollgate_proxy.request.member_names import DECLARED, FREE_FORM, declared_name, folded


def refusal(body: str) -> RefusedError:
    with pytest.raises(RefusedError) as refused:
        parse(body.encode())
    return refused.value


# Other spellings of `model`, and who takes them for it.
MODEL = {
    "Model": "Go's encoding/json",
    "MODEL": "Go's encoding/json",
    "mOdEl": "Go's encoding/json",
    "model_": "a parser that goes by letters",
    "_model": "a parser that goes by letters",
    "mo-del": "a parser that goes by letters",
    "m_o_d_e_l": "protobuf's JSON in reverse",
    "model ": "a parser that trims",
    " model": "a parser that trims",
    "\\tmodel": "a parser that trims",
    "model\\n": "a parser that trims",
    "model\\u00a0": "a parser that trims Unicode's spaces",
    "model\\u3000": "a parser that trims Unicode's spaces",
    "model\\u0000": "a parser of C strings",
    "model\\u0000x": "a parser of C strings",
    "\\u0000model": "a parser that drops controls",
    "\\ufeffmodel": "a parser that drops marks",
    "mo\\u200bdel": "a parser that drops what has no width",
    "model\\ud800": "a parser that drops lone surrogates",
    "\\u004dodel": "Go's encoding/json, the letter escaped",
}


@pytest.mark.parametrize("spelt", MODEL, ids=repr)
def test_a_model_by_another_spelling_is_refused(spelt):
    refused = refusal(f'{{"{spelt}":"large"}}')
    assert refused.reason is Reason.UNKNOWN_MEMBER
    assert "did you mean `model`?" in refused.message
    assert refused.param is not None
    assert refused.param.isprintable()


@pytest.mark.parametrize("body", ['{"model":"small","Model":"large"}', '{"Model":"large","model":"small"}'])
def test_so_is_one_beside_the_right_spelling(body):
    refused = refusal(body)
    assert (refused.reason, refused.param) == (Reason.UNKNOWN_MEMBER, "Model")


@pytest.mark.parametrize(
    ("spelt", "name"),
    [
        ("\u017ftream", "stream"),
        ("me\u017f\u017fage\u017f", "messages"),
        ("service_t\u0131er", "service_tier"),
        ("SERV\u0130CE_T\u0130ER", "service_tier"),
        ("max_to\u212aens", "max_tokens"),
        ("maxTokens", "max_tokens"),
        ("MaxTokens", "max_tokens"),
        ("max-tokens", "max_tokens"),
        ("max tokens", "max_tokens"),
        ("maxtokens", "max_tokens"),
        ("max__tokens", "max_tokens"),
        ("serviceTier", "service_tier"),
        ("inferenceGeo", "inference_geo"),
        ("webSearchOptions", "web_search_options"),
        ("dataSources", "data_sources"),
        ("anthropic-beta", "anthropic_beta"),
        ("N", "n"),
        ("Speed", "speed"),
    ],
)
def test_names_are_folded_as_any_parser_might(spelt, name):
    refused = refusal(json.dumps({spelt: 1}))
    assert (refused.reason, refused.param) == (Reason.UNKNOWN_MEMBER, spelt)
    assert f"`{name}`" in refused.message


NESTED = {
    "stream_options.Include_Usage": '{"stream_options":{"Include_Usage":true}}',
    "stream_options.includeUsage": '{"stream_options":{"include_usage":true,"includeUsage":false}}',
    "tools[0].Type": '{"tools":[{"Type":"web_search"}]}',
    "tools[1].maxUses": '{"tools":[{},{"type":"web_search_20250305","maxUses":50}]}',
    "tools[0].Model": '{"tools":[{"type":"advisor_20260301","Model":"claude-opus-5"}]}',
    "tools[0].cacheControl": '{"tools":[{"name":"t","cacheControl":{"ttl":"1h"}}]}',
    "tools[0].cache_control.TTL": '{"tools":[{"name":"t","cache_control":{"type":"ephemeral","TTL":"1h"}}]}',
    "tools[0].tools[0].Type": '{"tools":[{"type":"namespace","tools":[{"Type":"web_search"}]}]}',
    "tools[0].Function": '{"tools":[{"type":"function","Function":{}}]}',
    "tools[0].parameters.maxResults": (
        '{"tools":[{"type":"openrouter:web_search","parameters":{"maxResults":9}}]}'
    ),
    "messages[0].Content": '{"messages":[{"role":"user","Content":"hi"}]}',
    "messages[0].content[0].Type": '{"messages":[{"content":[{"Type":"image_url"}]}]}',
    "messages[0].content[0].imageUrl": '{"messages":[{"content":[{"type":"image_url","imageUrl":{}}]}]}',
    "messages[0].content[0].image_url.URL": '{"messages":[{"content":[{"image_url":{"URL":"x"}}]}]}',
    "messages[0].content[0].source.Data": '{"messages":[{"content":[{"source":{"Data":""}}]}]}',
    "messages[0].content[0].content[0].fileData": (
        '{"messages":[{"content":[{"type":"tool_result","content":[{"type":"file","fileData":""}]}]}]}'
    ),
    "messages[0].content[0].tool.definition.Type": (
        '{"messages":[{"content":[{"type":"tool_addition","tool":{"definition":{"Type":"web_search"}}}]}]}'
    ),
    "messages[0].content[0].cache_control.Ttl": '{"messages":[{"content":[{"cache_control":{"Ttl":"1h"}}]}]}',
    "system[0].cacheControl": '{"system":[{"type":"text","text":"x","cacheControl":{}}]}',
    "input[0].Type": '{"input":[{"Type":"input_image"}]}',
    "input[0].content[0].image_URL": '{"input":[{"content":[{"type":"input_image","image_URL":""}]}]}',
    "input[0].output[0].Type": '{"input":[{"type":"function_call_output","output":[{"Type":"x"}]}]}',
    "context_management.Edits": '{"context_management":{"Edits":[{"type":"compact_20260112"}]}}',
    "context_management.edits[0].Type": '{"context_management":{"edits":[{"Type":"compact_20260112"}]}}',
    "fallbacks[0].Model": '{"fallbacks":[{"model":"a","Model":"b"}]}',
    "fallbacks[0].maxTokens": '{"fallbacks":[{"model":"a","maxTokens":1}]}',
    "thinking.budgetTokens": '{"thinking":{"type":"enabled","budgetTokens":9}}',
    "reasoning.Effort": '{"reasoning":{"Effort":"high"}}',
    "reasoning.max-tokens": '{"reasoning":{"max-tokens":9}}',
    "web_search_options.searchContextSize": '{"web_search_options":{"searchContextSize":"high"}}',
    "text.Format": '{"text":{"Format":{}}}',
    "response_format.Type": '{"response_format":{"Type":"json_schema"}}',
    "plugins[0].maxResults": '{"plugins":[{"id":"web","maxResults":100}]}',
    "extra_body.Model": '{"extra_body":{"Model":"large"}}',
    "extra_body.google.thinking.budgetTokens": '{"extra_body":{"google":{"thinking":{"budgetTokens":1}}}}',
    "unheard_of.deep[0].Model": '{"unheard_of":{"deep":[{"Model":"large"}]}}',
}


@pytest.mark.parametrize(("path", "body"), NESTED.items(), ids=NESTED)
def test_a_nested_member_by_another_spelling_is_refused_by_its_path(path, body):
    refused = refusal(body)
    assert (refused.reason, refused.param) == (Reason.UNKNOWN_MEMBER, path)
    assert f"`{path}`" in refused.message


NESTED_TWICE = {
    "stream_options.include_usage": '{"stream_options":{"include_usage":true,"include_usage":false}}',
    "tools[0].max_uses": '{"tools":[{"type":"web_search_20250305","max_uses":1,"max_uses":50}]}',
    "tools[0].type": r'{"tools":[{"type":"function","typ\u0065":"web_search"}]}',
    "messages[0].content": '{"messages":[{"content":"hi","content":"a long text"}]}',
    "messages[0].content[0].image_url.url": (
        '{"messages":[{"content":[{"image_url":{"url":"data:,","url":"https://example.com"}}]}]}'
    ),
    "fallbacks[0].model": '{"fallbacks":[{"model":"small","model":"large"}]}',
    "provider.sort": '{"provider":{"sort":"price","sort":"throughput"}}',
}


@pytest.mark.parametrize(("path", "body"), NESTED_TWICE.items(), ids=NESTED_TWICE)
def test_a_nested_member_that_occurs_twice_is_refused_by_its_path(path, body):
    refused = refusal(body)
    assert (refused.reason, refused.param) == (Reason.INVALID_JSON, path)
    assert "occurs twice" in refused.message


# What any name may have, twice even.
ANYTHING = r'{"Model":1,"maxTokens":{"Type":"x"},"n":1,"n":[{"N":2}],"\u017ftream":0}'
FREE = [
    '{"tools":[{"type":"function","function":{"name":"f","parameters":{"properties":%s,"x":%s}}}]}',
    '{"tools":[{"function":{"name":"f","parameters":%s}}]}',
    '{"tools":[{"type":"function","name":"f","parameters":%s}]}',
    '{"tools":[{"type":"function","name":"f","output_schema":%s}]}',
    '{"tools":[{"name":"f","input_schema":{"type":"object","properties":%s},"input_examples":[%s]}]}',
    '{"tools":[{"type":"namespace","tools":[{"type":"function","parameters":%s}]}]}',
    '{"tools":[{"type":"mcp_toolset","configs":{"Type":{"enabled":true},"x":%s}}]}',
    '{"tools":[{"type":"mcp","headers":{"Model":"x"}}],"y":{"headers":%s}}',
    '{"functions":[{"name":"f","parameters":%s}]}',
    '{"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":%s}}}',
    '{"response_format":{"type":"json_schema","schema":%s}}',
    '{"text":{"format":{"type":"json_schema","name":"a","schema":%s}}}',
    '{"output_config":{"format":{"type":"json_schema","schema":%s}}}',
    '{"guided_json":%s}',
    '{"structured_outputs":{"json":{"type":"object","properties":%s}}}',
    '{"messages":[{"content":[{"type":"tool_use","name":"f","input":%s}]}]}',
    '{"messages":[{"content":[{"type":"server_tool_use","name":"web_search","input":%s}]}]}',
    '{"messages":[{"content":[{"type":"mcp_tool_use","name":"f","input":{"deep":[%s]}}]}]}',
    '{"messages":[{"tool_calls":[{"type":"function","function":{"name":"f","arguments":%s}}]}]}',
    '{"input":[{"type":"local_shell_call","action":{"type":"exec","env":%s}}]}',
    '{"prompt":{"id":"pmpt_1","variables":%s}}',
    '{"metadata":%s}',
    '{"logit_bias":%s}',
    '{"examples":[%s]}',
    '{"chat_template_kwargs":%s}',
    '{"documents":[%s]}',
]


@pytest.mark.parametrize("body", FREE)
def test_what_is_free_form_may_have_any_name(body):
    body = body.replace("%s", ANYTHING)
    assert parse(body.encode()).encode({}) == body.encode()


@pytest.mark.parametrize("name", sorted(FREE_FORM | {"input", "parameters"}))
def test_what_is_free_form_is_so_by_its_exact_name_only(name):
    for spelt in (name.upper(), f"{name}_", f"x{name}"):
        if spelt != name:
            assert refusal(f'{{"a":{{"{spelt}":{{"Model":"large"}}}}}}').reason is Reason.UNKNOWN_MEMBER


def test_the_input_of_responses_is_no_tools_input():
    assert refusal('{"input":{"Type":"message"}}').param == "input.Type"


def test_parameters_at_the_top_are_no_functions():
    assert refusal('{"parameters":{"maxTokens":9}}').param == "parameters.maxTokens"


@pytest.mark.parametrize(
    "body",
    [
        r'{"mod\u0065l":"small","\u006eame":"x"}',
        '{"models_used":1,"model2":2,"my_model":3,"modèle":4,"模型":5,"":6,"_":7,"-":8}',
        '{"messages":[{"Name":"Ann","ID":1,"createdAt":2,"experimental_attachments":[]}]}',
        '{"tools":[{"type":"web_search","filters":{"Domains":["a"],"domains":["b"]}}]}',
        '{"x":{"@type":"y","$schema":"z","x.model":1,"model/name":2}}',
        '{"n":{"a":1}}',
    ],
)
def test_names_that_nobody_takes_for_a_declared_one_pass(body):
    assert parse(body.encode()).encode({}) == body.encode()


def test_declared_names_are_told_apart_by_every_parser():
    assert len({folded(name) for name in DECLARED}) == len(DECLARED)
    assert not any(map(declared_name, DECLARED))
    assert DECLARED.isdisjoint(FREE_FORM)


def test_a_name_as_long_as_a_body_is_read_as_well():
    assert refusal(json.dumps({"model" + "_" * 100_000: "large"})).reason is Reason.UNKNOWN_MEMBER
    assert declared_name("x" * 100_000) is None


@pytest.mark.parametrize(("opening", "closing"), [('{"a":', "}"), ('{"a":[', "]}")])
def test_the_deepest_place_is_looked_at_too(opening, closing):
    depth = 300
    refused = refusal(opening * depth + '{"Model":1}' + closing * depth)
    assert refused.reason is Reason.UNKNOWN_MEMBER
    assert refused.param is not None
    assert refused.param.endswith(".Model")


def test_what_is_not_json_is_said_before_what_is_misspelt_inside():
    assert refusal('{"tools":[{"Type":1}],').reason is Reason.INVALID_JSON


@pytest.mark.parametrize("sdk", [openai, anthropic], ids=lambda sdk: sdk.__name__)
def test_no_member_that_an_sdk_knows_is_taken_for_another(sdk):
    sources = [
        path
        for path in (Path(sdk.__file__).parent / "types").rglob("*param*.py")
        if "agent" not in path.name  # of routes that aren't served
    ]
    names = {name for path in sources for name in re.findall(r"^ {4}(\w+): ", path.read_text(), re.MULTILINE)}
    assert len(names) > 300
    assert {"messages", "tools", "model"} <= names
    assert {name: declared_name(name) for name in names if declared_name(name)} == {}
