"""A call is understood before it is admitted: which model, at which price, and what goes upstream."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from tests.support.builders import NOW, model, provider
from tollgate.catalog.catalog import ModelType, ProviderType
from tollgate.pricing.usage import TokenClass
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.answers.metering import JsonMeter
from tollgate_proxy.apis import routes
from tollgate_proxy.apis.chat import ChatStreamMeter
from tollgate_proxy.bounds.call_bounds import OutputPolicy
from tollgate_proxy.metered_call import parse_call
from tollgate_proxy.options.candidate import Candidate
from tollgate_proxy.request.member_names import OUTPUT_LIMITS

OUTPUT = OutputPolicy(default=16_384, minimum=256)
CHAT = routes.match("POST", "/v1/chat/completions")
EMBEDDINGS = routes.match("POST", "/v1/embeddings")


@dataclass
class FakeCatalog:
    stored_models: dict = field(default_factory=dict)
    stored_providers: dict = field(default_factory=dict)

    def model(self, system_name):
        return self.stored_models.get(system_name)

    def provider(self, provider_id):
        return self.stored_providers.get(provider_id)

    def models(self):
        return list(self.stored_models.values())


ANTHROPIC = provider(id="prv_anthropic", name="claude", type=ProviderType.ANTHROPIC)
MODELS = [
    model("small"),
    model("alias", remote_id="small-2026-03"),
    model("free", input_price="0", output_price="0"),
    model("vector", output_price=None, type=ModelType.EMBEDDING),
    model("unpriced", output_price=None),
    model("never-priced", prices=()),
    model("unpriced-vector", input_price=None, output_price=None, type=ModelType.EMBEDDING),
    model("claude", provider_id=ANTHROPIC.id),
    model("orphan", provider_id="prv_gone"),
]
CATALOG = FakeCatalog(
    {each.system_name: each for each in MODELS}, {each.id: each for each in (provider(), ANTHROPIC)}
)


def call(text, route=CHAT):
    return parse_call(route, text if isinstance(text, bytes) else text.encode(), CATALOG, NOW, OUTPUT)


def body(understood, output_tokens=None):
    (candidate,) = understood.candidates
    return understood.body(candidate, output_tokens)


def meter(understood, *, event_stream):
    (candidate,) = understood.candidates
    return understood.meter(candidate, event_stream=event_stream)


def refusal(text, route=CHAT):
    with pytest.raises(RefusedError) as refused:
        call(text, route)
    return refused.value


def test_a_call_knows_its_model_provider_and_price():
    understood = call('{"model":"small","messages":[]}')

    assert understood.route is CHAT
    assert understood.model == model("small")
    assert understood.candidates == (Candidate(provider(), "small", model("small").prices[0]),)
    assert understood.asked == {"model": "small", "messages": []}
    assert understood.streams is False


@pytest.mark.parametrize(
    "text",
    [
        '{"model":"small"}',
        '\n{ "messages" : [ ] ,"model":"small" , "temperature":1.00}\n',
        r'{"model":"sm\u0061ll","user":"\u00e9é"}',
        '{"model":"small","stream":false,"stream_options":{"include_usage":false}}',
        '{"model":"small","stream":null,"stream_options":null}',
        '{"model":"small","stream":true,"stream_options":{"include_usage":true, "x":1.0}}',
        '{"model":"free","max_tokens":1e2}',
    ],
)
def test_what_need_not_change_goes_upstream_to_the_byte(text):
    assert body(call(text)) == text.encode()


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ('{"model":"alias"}', '{"model":"small-2026-03"}'),
        ('{"n":1.0, "model" : "alias" }', '{"n":1.0, "model" : "small-2026-03" }'),
        (r'{"mod\u0065l":"\u0061lias"}', r'{"mod\u0065l":"small-2026-03"}'),
        (
            '{"messages":[{"model":"alias"}],"model":"alias"}',
            '{"messages":[{"model":"alias"}],"model":"small-2026-03"}',
        ),
    ],
)
def test_the_provider_gets_its_own_name_of_the_model(text, sent):
    understood = call(text)
    assert body(understood) == sent.encode()
    assert understood.asked["model"] == "alias"
    assert understood.model.system_name == "alias"


@pytest.mark.parametrize(
    "options",
    [
        None,
        "null",
        "{}",
        '{"include_usage":false}',
        '{"include_usage":null}',
        '{"include_usage":1}',
        '{"include_usage":"true"}',
    ],
)
def test_a_stream_reports_its_usage_whatever_the_client_asks_for(options):
    member = "" if options is None else f',"stream_options":{options}'
    understood = call(f'{{"model":"small","stream":true{member}}}')

    assert understood.streams is True
    assert json.loads(body(understood))["stream_options"]["include_usage"] is True


def test_other_stream_options_are_kept():
    sent = body(
        call('{"model":"small","stream":true,"stream_options":{"x":[1],"include_usage":false},"n":1.0}')
    )
    assert sent == b'{"model":"small","stream":true,"stream_options":{"x":[1],"include_usage":true},"n":1.0}'


@pytest.mark.parametrize("number", ["1e999", "1.10", "-0.0e5", "0.10000000000000000001"])
def test_numbers_in_other_stream_options_go_on_as_they_were_written(number):
    """Above all the first: Python writes it as `Infinity`, which is no JSON."""
    text = f'{{"model":"small","stream":true,"stream_options":{{"x":{number}}}}}'
    assert f":{number}".encode() in body(call(text)).replace(b": ", b":")


def test_the_models_name_and_the_stream_options_change_together():
    sent = body(call('{"model":"alias","stream":true,"n":1.0}'))
    assert (
        sent == b'{"model":"small-2026-03","stream":true,"n":1.0, "stream_options": {"include_usage": true}}'
    )


def test_what_the_client_asked_is_remembered_as_it_asked():
    understood = call('{"model":"alias","stream":true}')
    assert understood.asked == {"model": "alias", "stream": True}


def test_an_embedding_needs_no_price_for_an_output():
    understood = call('{"model":"vector","input":"text"}', EMBEDDINGS)
    assert TokenClass.OUTPUT not in understood.candidates[0].price.rates
    assert body(understood) == b'{"model":"vector","input":"text"}'


@pytest.mark.parametrize(
    "text", ["", "[]", '{"model":"small"', '{"model":"small","model":"free"}', "\xff"], ids=repr
)
def test_what_is_no_json_object_is_refused(text):
    assert refusal(text.encode("latin-1")).reason is Reason.INVALID_JSON


@pytest.mark.parametrize("text", ["{}", '{"messages":[{"model":"small"}]}'])
def test_a_call_without_a_model_is_refused(text):
    refused = refusal(text)
    assert (refused.reason, refused.param) == (Reason.MISSING_MODEL, "model")


@pytest.mark.parametrize("value", ["null", '""', "1", "true", '["small"]', '{"id":"small"}'])
def test_a_model_that_is_no_name_counts_as_missing(value):
    assert refusal(f'{{"model":{value}}}').reason is Reason.MISSING_MODEL


@pytest.mark.parametrize(
    ("name", "route", "reason"),
    [
        ("unknown", CHAT, Reason.MODEL_NOT_FOUND),
        ("Small", CHAT, Reason.MODEL_NOT_FOUND),
        ("small ", CHAT, Reason.MODEL_NOT_FOUND),
        ("small-2026-03", CHAT, Reason.MODEL_NOT_FOUND),
        ("vector", CHAT, Reason.MODEL_WRONG_TYPE),
        ("small", EMBEDDINGS, Reason.MODEL_WRONG_TYPE),
        ("unpriced", EMBEDDINGS, Reason.MODEL_WRONG_TYPE),
        ("unpriced", CHAT, Reason.MODEL_NOT_PRICED),
        ("never-priced", CHAT, Reason.MODEL_NOT_PRICED),
        ("unpriced-vector", EMBEDDINGS, Reason.MODEL_NOT_PRICED),
        ("orphan", CHAT, Reason.MODEL_WRONG_PROVIDER),
    ],
)
def test_a_model_that_can_not_serve_the_call_is_refused_by_name(name, route, reason):
    refused = refusal(json.dumps({"model": name}), route)
    assert (refused.reason, refused.param) == (reason, "model")
    assert f"`{name}`" in refused.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "You must provide a model parameter."),
        ('{"model":"unknown"}', "The model `unknown` does not exist."),
        ('{"model":"vector"}', "The model `vector` is an embedding model; use POST /v1/embeddings."),
        (
            '{"model":"unpriced"}',
            "The model `unpriced` has no price, so it isn't served. Ask your administrator to set one.",
        ),
        (
            '{"model":"orphan"}',
            "No provider can serve the model `orphan`. Ask your administrator to add one.",
        ),
        ('{"model":"small","stream":1}', "`stream` must be a boolean."),
        ('{"model":"small","stream_options":1}', "`stream_options` must be an object."),
    ],
)
def test_a_refusal_says_what_is_wrong_in_a_sentence(text, message):
    assert refusal(text).message == message


@pytest.mark.parametrize("value", ["1", "0", '"true"', "[]", "{}"])
def test_a_stream_that_is_no_boolean_is_refused(value):
    """A provider might take it for true where Tollgate doesn't."""
    refused = refusal(f'{{"model":"small","stream":{value}}}')
    assert (refused.reason, refused.param) == (Reason.INVALID_PARAMETER, "stream")


@pytest.mark.parametrize("stream", ["true", "false"])
@pytest.mark.parametrize("value", ["1", "true", '"x"', "[]"])
def test_stream_options_that_are_no_object_are_refused(stream, value):
    refused = refusal(f'{{"model":"small","stream":{stream},"stream_options":{value}}}')
    assert (refused.reason, refused.param) == (Reason.INVALID_PARAMETER, "stream_options")


def test_however_deep_the_stream_options_nest_the_call_is_understood_or_refused():
    for depth in range(500, 1000):
        nested = b"[" * depth + b"]" * depth
        try:
            call(b'{"model":"small","stream":true,"stream_options":{"x":' + nested + b"}}")
        except RefusedError:
            continue


@pytest.mark.parametrize(
    ("options", "hidden"),
    [
        (None, True),
        ({"include_usage": False}, True),
        ({"include_usage": 1}, True),
        ({"include_usage": True}, False),
    ],
)
def test_an_event_stream_shows_the_usage_chunk_to_whom_asked_for_it(options, hidden):
    understood = call(json.dumps({"model": "small", "stream": True, "stream_options": options}))
    made = meter(understood, event_stream=True)
    usage = b'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}\n\n'
    assert isinstance(made, ChatStreamMeter)
    assert made.feed(usage) == (b"" if hidden else usage)


@pytest.mark.parametrize("stream", ["true", "false"])
def test_an_answer_in_one_piece_is_metered_as_one_whatever_was_asked_for(stream):
    made = meter(call(f'{{"model":"small","stream":{stream}}}'), event_stream=False)
    assert isinstance(made, JsonMeter)


@pytest.mark.parametrize(
    ("text", "route", "generates"),
    [('{"model":"small"}', CHAT, True), ('{"model":"vector"}', EMBEDDINGS, False)],
)
def test_only_completions_are_estimated_by_what_was_generated(text, route, generates):
    made = meter(call(text, route), event_stream=False)
    made.feed(b'{"choices":[{"message":{"content":"without figures"}}],"data":[{"embedding":[0.5]}]}')
    assert (made.usage().completion_tokens > 0) is generates


def test_a_limit_on_the_output_goes_upstream_where_the_client_set_none():
    assert json.loads(body(call('{"model":"small","messages":[]}'), 300))["max_completion_tokens"] == 300


@pytest.mark.parametrize("member", ["max_completion_tokens", "max_tokens"])
def test_a_clients_own_limit_stays_as_it_is(member):
    text = f'{{"model":"small","messages":[],"{member}":500}}'
    assert body(call(text), 300) == text.encode()


@pytest.mark.parametrize("member", OUTPUT_LIMITS[2:])
def test_a_limit_by_another_name_goes_upstream_by_the_usual_one_too(member):
    sent = json.loads(body(call(f'{{"model":"small","messages":[],"{member}":9}}'), 4096))
    assert (sent[member], sent["max_completion_tokens"]) == (9, 9)


@pytest.mark.parametrize("member", OUTPUT_LIMITS)
def test_a_limit_that_limits_nothing_gives_way_to_one_that_does_where_a_budget_needs_it(member):
    text = f'{{"model":"small","messages":[],"{member}":-1}}'
    sent = json.loads(body(call(text), 500))
    assert (sent[member], max(sent.get("max_completion_tokens", 0), sent.get("max_tokens", 0))) == (500, 500)
    assert json.loads(body(call(text)))[member] == -1


def test_a_limit_where_no_one_is_served_is_refused():
    assert (
        refusal('{"model":"small","messages":[],"options":{"num_predict":9}}').param == "options.num_predict"
    )


def test_a_limit_that_is_null_is_none():
    sent = body(call('{"model":"small","messages":[],"max_completion_tokens":null}'), 300)
    assert sent == b'{"model":"small","messages":[],"max_completion_tokens":300}'


def test_an_embedding_has_no_output_to_limit():
    text = '{"model":"vector","input":"text"}'
    assert body(call(text, EMBEDDINGS), 0) == text.encode()


def test_a_call_knows_the_most_that_it_can_use():
    demand = call('{"model":"small","messages":[],"max_tokens":500,"n":2}').demand
    assert (demand.output_tokens, demand.min_output_tokens, demand.choices) == (500, 500, 2)
