"""A model may be served by several targets: who may be asked, at which price, and how each wants it said."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import NOW, model, price_version, provider
from tollgate import money
from tollgate.catalog.catalog import OutputLimit, ProviderType, StreamUsage, Target
from tollgate.pricing.price_versions import UNPRICED
from tollgate.pricing.usage import TokenClass
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.answers.metering import JsonMeter
from tollgate_proxy.apis import routes
from tollgate_proxy.apis.chat import ChatStreamMeter
from tollgate_proxy.apis.messages import MessageStreamMeter
from tollgate_proxy.apis.responses import ResponseStreamMeter
from tollgate_proxy.bounds.call_bounds import OutputPolicy
from tollgate_proxy.metered_call import candidates_of, counting, parse_call

OUTPUT = OutputPolicy(default=16_384, minimum=256)
CHAT = routes.match("POST", "/v1/chat/completions")
RESPONSES = routes.match("POST", "/v1/responses")
MESSAGES = routes.match("POST", "/v1/messages")
COUNT: Any = routes.match("POST", "/v1/messages/count_tokens")
PATHS = {CHAT: "/chat/completions", RESPONSES: "/responses", MESSAGES: "/messages"}

FIRST = provider(id="prv_first", name="first")
OTHER = provider(id="prv_other", name="other", output_limit=OutputLimit.MAX_TOKENS)
UNASKED = provider(id="prv_unasked", name="unasked", stream_usage=StreamUsage.ALWAYS)
CLAUDE = provider(id="prv_claude", name="claude", type=ProviderType.ANTHROPIC)
PROVIDERS = {each.id: each for each in (FIRST, OTHER, UNASKED, CLAUDE)}


def version(name, input_price, output_price):
    rates = {TokenClass.INPUT: input_price, TokenClass.OUTPUT: output_price}
    return price_version({each: rate for each, rate in rates.items() if rate is not None}, id=name)


CHEAP, DEAR, FREE = version("cheap", "1", "2"), version("dear", "3", "1"), version("free", "0", "0")
INCOMPLETE = version("incomplete", "1", None)


class FakeCatalog:
    def __init__(self, *models):
        self._models = {each.system_name: each for each in models}

    def model(self, system_name):
        return self._models.get(system_name)

    def provider(self, provider_id):
        return PROVIDERS.get(provider_id)

    def models(self):
        return list(self._models.values())


def served_by(*targets, prices=(CHEAP,), **changes):
    """The model `small` with these targets: the first is its own."""
    first, *alternatives = targets
    return model(
        provider_id=first.provider_id,
        remote_id=first.remote_id,
        weight=first.weight,
        priority=first.priority,
        prices=prices,
        alternatives=tuple(alternatives),
        **changes,
    )


def call(served, route=CHAT, **members):
    sent = json.dumps({"model": "small", **members}).encode()
    return parse_call(route, sent, FakeCatalog(served), NOW, OUTPUT)


def refusal(served, route=CHAT, **members):
    with pytest.raises(RefusedError) as refused:
        call(served, route, **members)
    return refused.value


def body(understood, output_tokens=None, which=0):
    return json.loads(understood.body(understood.candidates[which], output_tokens))


def test_the_targets_come_in_the_catalogs_order_with_their_weights_and_prices():
    understood = call(
        served_by(
            Target(FIRST.id, "one", weight=3, priority=1),
            Target(OTHER.id, "two", weight=5, priority=0, prices=(DEAR,)),
            Target(FIRST.id, "three"),
        )
    )

    assert [each.target for each in understood.candidates] == [
        (FIRST.id, "one"),
        (OTHER.id, "two"),
        (FIRST.id, "three"),
    ]
    assert [each.price for each in understood.candidates] == [CHEAP, DEAR, CHEAP]
    assert [(each.weight, each.priority) for each in understood.candidates] == [(3, 1), (5, 0), (1, 0)]


def test_each_target_is_asked_by_its_own_name_of_the_model():
    understood = call(served_by(Target(FIRST.id, "one"), Target(OTHER.id, "small")), messages=[])
    assert [body(understood, which=which)["model"] for which in (0, 1)] == ["one", "small"]


@pytest.mark.parametrize("gone", [CLAUDE.id, "prv_unknown"])
def test_a_target_that_can_not_speak_the_routes_api_is_left_out(gone):
    understood = call(served_by(Target(gone, "x"), Target(OTHER.id, "two"), Target(gone, "y")))
    assert [each.target for each in understood.candidates] == [(OTHER.id, "two")]


def test_a_target_without_a_whole_price_is_left_out():
    understood = call(
        served_by(Target(FIRST.id, "one"), Target(OTHER.id, "two", prices=(DEAR,)), prices=(INCOMPLETE,))
    )
    assert [each.target for each in understood.candidates] == [(OTHER.id, "two")]


@pytest.mark.parametrize(
    "prices", [(), (INCOMPLETE,), (replace(CHEAP, effective_at=NOW.replace(year=2027)),)]
)
def test_without_any_price_in_force_a_model_is_refused(prices):
    served = served_by(Target(FIRST.id, "one"), Target(OTHER.id, "two"), prices=prices)
    assert refusal(served).reason is Reason.MODEL_NOT_PRICED


def test_without_a_target_that_speaks_the_routes_api_a_call_is_translated():
    served = served_by(Target(CLAUDE.id, "x"), Target(CLAUDE.id, "y"))
    understood = call(served, messages=[{"role": "user", "content": "Hello"}])
    assert understood.translation is not None
    assert (understood.sent.route.path, understood.route.path) == ("/chat/completions", "/messages")
    assert [each.target for each in understood.candidates] == [(CLAUDE.id, "x"), (CLAUDE.id, "y")]
    assert understood.asked["messages"][0]["role"] == "user"


def test_a_target_that_speaks_the_routes_api_keeps_a_call_from_being_translated():
    served = served_by(Target(CLAUDE.id, "x"), Target(OTHER.id, "two", priority=9))
    understood = call(served, messages=[])
    assert understood.translation is None
    assert understood.sent.request is understood.request


def test_a_model_that_may_be_unpriced_is_served_by_all_but_free_only_where_the_price_is_known_as_zero():
    targets = (Target(FIRST.id, "one"), Target(OTHER.id, "two", prices=(FREE,)))
    understood = call(served_by(*targets, prices=(), allow_unpriced=True))
    assert [each.price for each in understood.candidates] == [UNPRICED, FREE]
    assert not understood.is_free


@pytest.mark.parametrize(("prices", "free"), [((FREE,), True), ((CHEAP,), False)])
def test_a_call_is_free_only_if_every_target_is(prices, free):
    targets = served_by(Target(FIRST.id, "one"), Target(OTHER.id, "two", prices=prices), prices=(FREE,))
    assert call(targets).is_free is free


def test_a_hold_covers_the_dearest_target_and_an_input_that_was_lost():
    one = call(served_by(Target(FIRST.id, "one"))).demand
    both = call(served_by(Target(FIRST.id, "one"), Target(OTHER.id, "two", prices=(DEAR,)))).demand

    assert (one.prices, one.lost_inputs) == ((CHEAP,), 0)
    assert (both.prices, both.lost_inputs) == ((CHEAP, DEAR), 1)
    prompt, output = both.prompt_tokens, both.output_tokens
    served = max(
        money.total([money.cost_of(prompt, price.rates[TokenClass.INPUT])])
        + money.cost_of(output, price.rates[TokenClass.OUTPUT])
        for price in (CHEAP, DEAR)
    )
    lost = money.cost_of(prompt, DEAR.rates[TokenClass.INPUT])
    assert both.max_claim().amount == served + lost


def test_targets_that_are_left_out_are_not_held_for():
    alone = call(served_by(Target(FIRST.id, "one"))).demand
    with_gone = served_by(Target(FIRST.id, "one"), Target(CLAUDE.id, "x", prices=(DEAR,)))
    assert call(with_gone).demand == alone


def test_a_messages_output_must_be_limited_by_its_client():
    served = served_by(Target(CLAUDE.id, "claude-2"))
    for members in ({}, {"max_tokens": None}, {"max_output_tokens": 9}, {"max_completion_tokens": 9}):
        refused = refusal(served, MESSAGES, messages=[], **members)
        assert (refused.reason, refused.param) == (Reason.INVALID_PARAMETER, "max_tokens")
    assert call(served, MESSAGES, messages=[], max_tokens=9).demand.output_tokens == 9


@pytest.mark.parametrize("limit", [1.5, "9", True, [9]])
@pytest.mark.parametrize("route", [CHAT, RESPONSES, MESSAGES], ids=PATHS.values())
def test_a_limit_that_is_no_limit_is_refused(route, limit):
    served = served_by(Target(CLAUDE.id if route is MESSAGES else FIRST.id, "x"))
    refused = refusal(served, route, max_tokens=limit)
    assert (refused.reason, refused.param) == (Reason.INVALID_PARAMETER, "max_tokens")


@pytest.mark.parametrize("limit", [-1, -1.0, 0])
@pytest.mark.parametrize("route", [CHAT, RESPONSES], ids=list(PATHS.values())[:2])
def test_a_limit_that_limits_nothing_is_left_alone_where_nothing_needs_one(route, limit):
    served = served_by(Target(FIRST.id, "small"))
    name = "max_output_tokens" if route is RESPONSES else "max_completion_tokens"
    asked = call(served, route, **{name: limit})
    assert asked.demand.output_tokens == OUTPUT.default
    assert limits(asked, 0, None) == {name: limit}


@pytest.mark.parametrize("limit", [-1, 0])
def test_a_limit_that_limits_nothing_is_replaced_where_a_budget_needs_one(limit):
    served = served_by(Target(FIRST.id, "small"), Target(OTHER.id, "small"))
    chat = call(served, CHAT, messages=[], max_tokens=limit)
    assert limits(chat, 0, 300)["max_tokens"] == 300
    assert limits(chat, 1, 300) == {"max_tokens": 300}
    assert limits(call(served, RESPONSES, max_output_tokens=limit), 0, 300) == {"max_output_tokens": 300}


def test_a_message_without_any_output_warms_a_cache():
    served = served_by(Target(CLAUDE.id, "claude-2"))
    asked = call(served, MESSAGES, messages=[], max_tokens=0)
    assert asked.demand.output_tokens == asked.demand.min_output_tokens == 0
    assert limits(asked, 0, 0) == {"max_tokens": 0}
    assert limits(call(served, MESSAGES, messages=[], max_tokens=-1), 0, 300) == {"max_tokens": 300}


ONE_OF_EACH = served_by(Target(FIRST.id, "small"), Target(OTHER.id, "small"))


def limits(understood, which, output_tokens=300):
    sent = body(understood, output_tokens, which)
    names = ("max_completion_tokens", "max_tokens", "max_output_tokens")
    return {name: sent[name] for name in names if name in sent}


def test_each_provider_gets_the_limit_by_the_name_that_it_knows():
    understood = call(ONE_OF_EACH, messages=[])
    assert limits(understood, 0) == {"max_completion_tokens": 300}
    assert limits(understood, 1) == {"max_tokens": 300}
    assert limits(understood, 0, None) == limits(understood, 1, None) == {}


def test_a_limit_that_the_client_has_put_the_other_way_is_said_again():
    understood = call(ONE_OF_EACH, messages=[], max_completion_tokens=500)
    assert limits(understood, 0) == {"max_completion_tokens": 500}
    assert limits(understood, 1) == {"max_completion_tokens": 500, "max_tokens": 500}

    understood = call(ONE_OF_EACH, messages=[], max_tokens=500)
    assert limits(understood, 0) == limits(understood, 1) == {"max_tokens": 500}


@pytest.mark.parametrize("output_tokens", [None, 300])
def test_a_limit_by_another_apis_name_holds_upstream_too(output_tokens):
    """What is held rests on it, so the provider must keep to it."""
    chat = call(ONE_OF_EACH, messages=[], max_output_tokens=500)
    assert chat.demand.output_tokens == chat.demand.min_output_tokens == 500
    assert limits(chat, 0, output_tokens)["max_completion_tokens"] == 500
    assert limits(chat, 1, output_tokens)["max_tokens"] == 500

    response = call(ONE_OF_EACH, RESPONSES, input="hi", max_tokens=500)
    assert response.demand.output_tokens == 500
    assert limits(response, 0, output_tokens)["max_output_tokens"] == 500


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize(
    "stated",
    [
        {"max_tokens": 5, "max_completion_tokens": 500},
        {"max_tokens": 500, "max_completion_tokens": 5},
        {"max_tokens": 5, "max_output_tokens": 500},
        {"max_completion_tokens": 5, "max_output_tokens": 500},
        {"max_tokens": None, "max_completion_tokens": 500},
        {"max_tokens": 500, "max_completion_tokens": None},
    ],
    ids=repr,
)
def test_of_several_limits_none_goes_upstream_above_what_is_held(stated, which):
    understood = call(ONE_OF_EACH, messages=[], **stated)
    assert understood.demand.output_tokens == 500
    sent = [limit for limit in limits(understood, which).values() if limit is not None]
    assert sent
    assert max(sent) <= 500


def test_a_response_gets_its_limit_by_its_own_name():
    assert limits(call(ONE_OF_EACH, RESPONSES, input="hi"), 1) == {"max_output_tokens": 300}
    own = call(ONE_OF_EACH, RESPONSES, input="hi", max_output_tokens=7)
    assert limits(own, 0) == {"max_output_tokens": 7}
    unlimited = call(ONE_OF_EACH, RESPONSES, input="hi", max_output_tokens=None)
    assert limits(unlimited, 0) == {"max_output_tokens": 300}


def test_a_messages_limit_stays_as_it_is():
    understood = call(served_by(Target(CLAUDE.id, "x")), MESSAGES, messages=[], max_tokens=7)
    assert limits(understood, 0) == {"max_tokens": 7}


@pytest.mark.parametrize("options", [None, {}, {"include_usage": False}, {"include_usage": True}], ids=repr)
def test_a_provider_that_reports_usage_unasked_gets_the_stream_options_as_they_are(options):
    stated = {} if options is None else {"stream_options": options}
    understood = call(served_by(Target(UNASKED.id, "small")), messages=[], stream=True, **stated)
    assert body(understood).get("stream_options") == options

    meter = understood.meter(understood.candidates[0], event_stream=True)
    usage = b'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}\n\n'
    assert meter.feed(usage) == usage


def test_usage_is_asked_for_of_those_who_report_it_on_request_alone():
    understood = call(
        served_by(Target(UNASKED.id, "small"), Target(FIRST.id, "small")), messages=[], stream=True
    )
    assert "stream_options" not in body(understood, which=0)
    assert body(understood, which=1)["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize("route", [RESPONSES, MESSAGES], ids=lambda route: route.path)
def test_the_streams_of_other_apis_report_usage_unasked(route):
    served = served_by(Target(CLAUDE.id if route is MESSAGES else FIRST.id, "small"))
    understood = call(served, route, stream=True, max_tokens=9)
    assert "stream_options" not in body(understood)


@pytest.mark.parametrize(
    ("route", "kind"),
    [(CHAT, ChatStreamMeter), (RESPONSES, ResponseStreamMeter), (MESSAGES, MessageStreamMeter)],
    ids=PATHS.values(),
)
def test_each_apis_stream_has_its_meter(route, kind):
    served = served_by(Target(CLAUDE.id if route is MESSAGES else FIRST.id, "x"))
    understood = call(served, route, stream=True, max_tokens=9)
    assert type(understood.meter(understood.candidates[0], event_stream=True)) is kind
    assert type(understood.meter(understood.candidates[0], event_stream=False)) is JsonMeter


@pytest.mark.parametrize(
    ("query", "suffix"),
    [
        ("", ""),
        ("beta=true", "?beta=true"),
        ("a=1&beta=true&b=2", "?beta=true"),
        ("beta=true&beta=false", "?beta=true"),
        ("alpha_beta=true", ""),
        ("api-version=1", ""),
        ("betas=true", ""),
    ],
)
def test_only_what_chooses_a_beta_goes_upstream_with_a_messages_path(query, suffix):
    understood = call(served_by(Target(CLAUDE.id, "x")), MESSAGES, max_tokens=9)
    assert understood.path(query) == f"/messages{suffix}"


@pytest.mark.parametrize("route", [CHAT, RESPONSES], ids=lambda route: route.path)
def test_no_query_goes_upstream_on_other_routes(route):
    assert call(ONE_OF_EACH, route).path("beta=true&x=1") == PATHS[route]


@pytest.mark.parametrize(
    ("route", "value", "name"),
    [
        (RESPONSES, "resp_1", "resp_1"),
        (RESPONSES, None, None),
        (RESPONSES, "", None),
        (RESPONSES, 1, None),
        (RESPONSES, ["resp_1"], None),
        (CHAT, "resp_1", None),
    ],
)
def test_only_a_response_goes_on_from_another(route, value, name):
    assert call(ONE_OF_EACH, route, previous_response_id=value).previous_response == name


def test_a_call_can_be_narrowed_to_the_targets_of_one_provider():
    served = served_by(Target(FIRST.id, "one"), Target(OTHER.id, "two"), Target(FIRST.id, "three"))
    understood = call(served, RESPONSES, previous_response_id="resp_1")
    assert [each.remote_id for each in understood.only(FIRST.id).candidates] == ["one", "three"]
    assert understood.only("prv_gone").candidates == ()


def test_a_call_that_only_one_target_is_left_for_asks_for_no_more_than_if_there_were_no_other():
    served = served_by(Target(FIRST.id, "one"), Target(OTHER.id, "two", prices=(DEAR,)))
    narrowed = call(served, RESPONSES, previous_response_id="resp_1").only(FIRST.id)
    alone = call(served_by(Target(FIRST.id, "one")), RESPONSES, previous_response_id="resp_1")
    assert narrowed.demand == alone.demand


def test_a_call_that_two_targets_are_left_for_still_holds_for_an_input_that_may_be_lost():
    served = served_by(Target(FIRST.id, "one"), Target(OTHER.id, "two"), Target(FIRST.id, "three"))
    assert call(served, RESPONSES).only(FIRST.id).demand.lost_inputs == 1


@pytest.mark.parametrize(
    ("route", "value", "background"),
    [(RESPONSES, True, True), (RESPONSES, False, False), (CHAT, True, False)],
)
def test_only_a_response_runs_in_the_background(route, value, background):
    assert call(ONE_OF_EACH, route, background=value).runs_in_background is background


def test_a_conversation_is_refused_because_nobody_knows_whose_it_is():
    with pytest.raises(RefusedError) as refused:
        call(ONE_OF_EACH, RESPONSES, conversation="conv_1")
    assert (refused.value.reason, refused.value.param) == (Reason.INVALID_PARAMETER, "conversation")


def test_a_count_of_tokens_needs_no_price_and_gets_the_providers_name_of_the_model():
    served = served_by(Target(CLAUDE.id, "claude-2"), Target(FIRST.id, "x"), prices=())
    (candidate,) = candidates_of(COUNT, served, FakeCatalog(served), NOW)
    understood = call(served_by(Target(CLAUDE.id, "claude-2")), MESSAGES, max_tokens=9)
    assert json.loads(counting(understood.request, candidate)) == {"model": "claude-2", "max_tokens": 9}


@pytest.mark.parametrize("written", [20.0, 20])
@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_a_limit_that_a_claim_rests_on_goes_upstream_as_an_integer_which_no_parser_passes_over(name, written):
    made = call(served_by(Target(FIRST.id, "one")), messages=[], **{name: written})
    sent = body(made, 20)[name]
    assert (sent, type(sent)) == (20, int)
