"""What costs nothing is served to a key that may see it, by the provider that has it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import anthropic
import pytest
from anthropic.types import ModelInfo

from tests.support.builders import KEY, NOW, model, provider, scope
from tollgate.catalog.catalog import ModelType, ProviderType, Target
from tollgate.gateway_state.stored_responses import StoredResponse
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.answers.answer_faults import AnswerFault
from tollgate_proxy.answers.sse import EventSplitter, data_of
from tollgate_proxy.apis import routes
from tollgate_proxy.http_messages import Request
from tollgate_proxy.serving.failover import ServedCall, UnansweredError
from tollgate_proxy.side.unbilled import UnbilledRequests
from tollgate_proxy.upstream.provider_calls import Fault, UpstreamAnswer, UpstreamError

GPT = provider()
CLAUDE = provider(id="prv_claude", name="claude", type=ProviderType.ANTHROPIC)
MODELS = [
    model("small"),
    model(
        "claude",
        provider_id=CLAUDE.id,
        remote_id="claude-2026",
        safety_level=30,
        context_limit=200_000,
        output_limit=64_000,
    ),
    model(
        "both", provider_id=CLAUDE.id, alternatives=(Target(GPT.id, "x"), Target(CLAUDE.id, "y", priority=1))
    ),
]
MINE = StoredResponse("resp_1", KEY.key_id, GPT.id, "small", NOW)
ANTHROPIC = {"anthropic-version": "2023-06-01"}
FAILED = RefusedError(Reason.PROVIDER_UNAVAILABLE, "It failed.")


@dataclass
class World:
    """A catalog, stored responses, and a dispatcher that notes what is asked and answers as told."""

    answer: UpstreamAnswer | Exception = None
    stored: list = field(default_factory=lambda: [MINE])
    providers: list = field(default_factory=lambda: [GPT, CLAUDE])
    questions: list = field(default_factory=list)
    forgotten: list = field(default_factory=list)
    above: list = field(default_factory=list)
    wrong: Any = None

    def __post_init__(self):
        self.answer = self.answer or answered(b"{}")

    def models(self):
        return MODELS

    def model(self, system_name):
        return next((each for each in MODELS if each.system_name == system_name), None)

    def provider(self, provider_id):
        return next((each for each in self.providers if each.id == provider_id), None)

    def find(self, response_id):
        return next((each for each in self.stored if each.response_id == response_id), None)

    def forget(self, response_id):
        self.forgotten.append(response_id)

    def ask(self, upstream_call):
        self.questions.append(upstream_call)
        if isinstance(self.answer, Exception):
            raise self.answer
        return ServedCall(upstream_call.candidates[0], self.answer, wrong=self.wrong)

    def serve(self, method, path, *, body=b"", key=None, **changes):
        deadline = NOW + timedelta(seconds=60)
        request = Request("req_1", method, path, {}, body, NOW, deadline, deadline)
        route: Any = routes.match(method, path)
        world: Any = self
        unmetered = UnbilledRequests(
            [key or scope(), *self.above], catalog=world, responses=world, dispatcher=world
        )
        return unmetered.serve(route, replace(request, **changes))

    def refusal(self, *args, **kwargs):
        with pytest.raises(RefusedError) as refused:
            self.serve(*args, **kwargs)
        return refused.value


def answered(*chunks, status=200, content_type="application/json", breaks_off=False):
    def read():
        yield from chunks
        if breaks_off:
            raise UpstreamError(FAILED, Fault.BROKEN_OFF)

    return UpstreamAnswer(status, {"content-type": content_type}, None, read())


def json_of(answer):
    return json.loads(b"".join(answer.chunks))


def test_openais_clients_see_the_models_in_their_shape_by_name():
    listed = json_of(World().serve("GET", "/v1/models"))
    assert list(listed) == ["object", "data"]
    assert listed["object"] == "list"
    assert [each["id"] for each in listed["data"]] == ["both", "claude", "small"]
    assert listed["data"][2] == {
        "id": "small",
        "object": "model",
        "created": int(NOW.timestamp()),
        "owned_by": "tollgate",
    }


def test_anthropics_clients_see_them_in_theirs():
    answer = json_of(World().serve("GET", "/v1/models", headers=ANTHROPIC))
    listed = anthropic.pagination.SyncPage[ModelInfo].model_validate(answer)
    assert (listed.first_id, listed.last_id, listed.has_more) == ("both", "small", False)
    one = ModelInfo.model_validate(answer["data"][1], strict=False)
    assert (one.id, one.type, one.display_name, one.created_at) == ("claude", "model", "claude", NOW)
    assert (one.max_input_tokens, one.max_tokens, one.lifecycle) == (200_000, 64_000, "active")
    assert answer["data"][1].keys() == ModelInfo.model_fields.keys()


def test_codex_finds_its_own_list_too_which_leaves_the_instructions_to_itself():
    listed = json_of(World().serve("GET", "/v1/models", query="client_version=0.171.0"))
    assert listed["models"] == []
    assert [each["id"] for each in listed["data"]] == ["both", "claude", "small"]


def test_a_key_that_may_use_no_model_sees_none():
    nothing = scope(allowed_models=frozenset())
    assert json_of(World().serve("GET", "/v1/models", key=nothing)) == {"object": "list", "data": []}
    listed = json_of(World().serve("GET", "/v1/models", key=nothing, headers={"anthropic-version": "1"}))
    assert listed == {"data": [], "has_more": False, "first_id": None, "last_id": None}


def test_a_key_sees_the_models_that_it_may_use_alone():
    key = scope(allowed_models=frozenset({"small", "gone"}))
    assert [each["id"] for each in json_of(World().serve("GET", "/v1/models", key=key))["data"]] == ["small"]
    assert json_of(World().serve("GET", "/v1/models/small", key=key))["id"] == "small"
    assert World().refusal("GET", "/v1/models/claude", key=key).reason is Reason.MODEL_NOT_FOUND


def test_a_key_sees_no_model_beyond_its_own_safety_level_or_an_ancestors():
    def seen(key, *above):
        listed = World(above=list(above)).serve("GET", "/v1/models", key=key, headers=ANTHROPIC)
        return [each["id"] for each in json_of(listed)["data"]]

    assert seen(scope(safety_level=30)) == ["both", "claude", "small"]
    assert seen(scope(safety_level=29)) == ["both", "small"]
    assert seen(scope(), scope(), scope(safety_level=0)) == ["both", "small"]
    assert seen(scope(), scope(allowed_models=frozenset({"claude"}))) == ["claude"]
    world = World(above=[scope(safety_level=29)])
    refusal = world.refusal("GET", "/v1/models/claude", headers=ANTHROPIC)
    assert refusal.reason is Reason.MODEL_NOT_FOUND


def test_each_shape_shows_what_a_client_of_it_can_call_whichever_api_is_then_asked(monkeypatch):
    embedding = ModelType.EMBEDDING
    added = [
        model("embed", type=embedding),
        model("no-embed", type=embedding, provider_id=CLAUDE.id),
        model("lost", provider_id="prv_gone"),
    ]
    monkeypatch.setattr(World, "models", lambda _: [*MODELS, *added])
    monkeypatch.setattr(
        World, "model", lambda self, name: {each.system_name: each for each in self.models()}.get(name)
    )
    cases: list[Any] = [({}, {"both", "claude", "small", "embed"}), (ANTHROPIC, {"both", "claude", "small"})]
    for headers, names in cases:
        listed = json_of(World().serve("GET", "/v1/models", headers=headers))["data"]
        assert {each["id"] for each in listed} == names
        for each in [*MODELS, *added]:
            path = f"/v1/models/{each.system_name}"
            if each.system_name in names:
                assert json_of(World().serve("GET", path, headers=headers)) in listed
            else:
                assert World().refusal("GET", path, headers=headers).reason is Reason.MODEL_NOT_FOUND


def test_a_page_of_anthropics_has_twenty_models_unless_it_is_asked_for_more(monkeypatch):
    monkeypatch.setattr(World, "models", lambda _: [model(f"m{number:02}") for number in range(30)])
    listed = json_of(World().serve("GET", "/v1/models", headers=ANTHROPIC))
    assert (len(listed["data"]), listed["has_more"], listed["last_id"]) == (20, True, "m19")


PAGES = {
    "": (["a", "b", "c", "d"], False),
    "limit=1000": (["a", "b", "c", "d"], False),
    "limit=2": (["a", "b"], True),
    "limit=2&after_id=b": (["c", "d"], False),
    "limit=1&after_id=b": (["c"], True),
    "after_id=d": ([], False),
    "after_id=bb": (["c", "d"], False),
    "limit=2&before_id=d": (["b", "c"], True),
    "limit=3&before_id=d": (["a", "b", "c"], False),
    "before_id=a": ([], False),
}


@pytest.mark.parametrize(("query", "page"), PAGES.items())
def test_anthropics_list_comes_in_the_pages_that_are_asked_for(monkeypatch, query, page):
    names = ["c", "a", "d", "b"]
    monkeypatch.setattr(World, "models", lambda _: [model(name, provider_id=CLAUDE.id) for name in names])

    listed = json_of(World().serve("GET", "/v1/models", query=query, headers=ANTHROPIC))

    ids = [each["id"] for each in listed["data"]]
    assert (ids, listed["has_more"]) == page
    assert (listed["first_id"], listed["last_id"]) == ((ids[0], ids[-1]) if ids else (None, None))


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "limit=-1", "after_id=a&before_id=b"])
def test_a_page_that_can_not_be_is_refused(query):
    refusal = World().refusal("GET", "/v1/models", query=query, headers=ANTHROPIC)
    assert refusal.reason is Reason.INVALID_PARAMETER


def test_no_list_of_models_asks_a_provider():
    world = World()
    world.serve("GET", "/v1/models")
    assert world.refusal("GET", "/v1/models/unknown").reason is Reason.MODEL_NOT_FOUND
    assert world.questions == []


COUNT = "/v1/messages/count_tokens"


def test_a_count_is_asked_of_those_who_serve_messages_under_their_names_of_the_model():
    world = World(answered(b'{"input_tokens": 7}'))
    answer = world.serve("POST", COUNT, body=b'{"model":"both","x":1.0}', query="beta=true")

    assert json_of(answer) == {"input_tokens": 7}
    assert answer.headers["x-tollgate-provider"] == "claude"
    (question,) = world.questions
    assert (question.method, question.path) == ("POST", "/messages/count_tokens?beta=true")
    assert [each.target for each in question.candidates] == [(CLAUDE.id, "both"), (CLAUDE.id, "y")]
    bodies = [question.body(each) for each in question.candidates]
    assert bodies == [b'{"model":"both","x":1.0}', b'{"model":"y","x":1.0}']
    assert (question.deadline, question.lost_inputs) == (NOW + timedelta(seconds=60), 0)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"model":"unknown"}', Reason.MODEL_NOT_FOUND),
        (b'{"model":"small"}', Reason.INVALID_PARAMETER),
        (b'{"model":"small","messages":"Hi"}', Reason.INVALID_PARAMETER),
        (b"{}", Reason.MISSING_MODEL),
        (b'{"model":"claude"', Reason.INVALID_JSON),
        (b'{"model":"claude","model":"both"}', Reason.INVALID_JSON),
    ],
)
def test_what_can_not_be_counted_is_refused(body, reason):
    world = World()
    assert world.refusal("POST", COUNT, body=body).reason is reason
    assert world.questions == []


PROMPT = b'{"model":"%b","system":"Be brief, please","messages":[{"role":"user","content":"Hello"}]}'


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        (b"small", None),
        (b"claude", (404, b'{"detail":"Not Found"}')),
        (b"claude", (405, b"")),
        (b"claude", (501, b"no")),
    ],
)
def test_what_no_provider_counts_is_estimated_and_said_to_be(name, answer):
    world = World(None if answer is None else answered(answer[1], status=answer[0]))
    counted = world.serve("POST", COUNT, body=PROMPT % name)
    assert (counted.status, counted.headers["x-tollgate-estimated"]) == (200, "input_tokens")
    assert json_of(counted) == {"input_tokens": 7}
    assert len(world.questions) == (answer is not None)


def test_a_count_of_a_model_that_its_provider_does_not_know_is_no_estimate():
    error = b'{"type":"error","error":{"type":"not_found_error","message":"model: claude-2026"}}'
    wrong: Any = AnswerFault(Fault.STATUS, counts=True)
    world = World(answered(error, status=404), wrong=wrong)
    assert world.serve("POST", COUNT, body=PROMPT % b"claude").status == 404


def test_a_key_counts_for_the_models_that_it_may_use_alone():
    world = World()
    key = scope(allowed_models=frozenset({"both"}))
    assert (
        world.refusal("POST", COUNT, body=b'{"model":"claude"}', key=key).reason is Reason.MODEL_NOT_ALLOWED
    )
    assert world.questions == []
    world.serve("POST", COUNT, body=b'{"model":"both"}', key=key)


@pytest.mark.parametrize("of_parent", [False, True])
def test_a_key_counts_for_no_model_beyond_its_own_safety_level_or_an_ancestors(of_parent):
    strict = scope(safety_level=29)
    key, above = (scope(), [strict]) if of_parent else (strict, [])
    world = World(above=above)
    refused = world.refusal("POST", COUNT, body=b'{"model":"claude"}', key=key)
    assert refused.reason is Reason.MODEL_NOT_ALLOWED
    assert refused.message == (
        f"The model `claude` has safety level 30; API key {strict.key_id} may only use models up to "
        "safety level 29."
    )
    assert world.questions == []


def test_a_response_by_a_model_that_the_key_may_no_longer_use_can_be_deleted_alone():
    world = World(stored=[replace(MINE, model="claude")])
    strict = scope(safety_level=29)
    for method, path in (("GET", "resp_1"), ("POST", "resp_1/cancel"), ("GET", "resp_1/input_items")):
        refused = world.refusal(method, f"/v1/responses/{path}", key=strict)
        assert refused.reason is Reason.MODEL_NOT_ALLOWED
    assert world.questions == []
    world.serve("DELETE", "/v1/responses/resp_1", key=strict)
    world.serve("GET", "/v1/responses/resp_1", key=scope(safety_level=30))
    world = World(stored=[replace(MINE, model="gone")])
    world.serve("GET", "/v1/responses/resp_1", key=strict)


@pytest.mark.parametrize(
    ("method", "path", "body", "sent"),
    [
        ("GET", "/responses/resp_1", b"ignored", None),
        ("DELETE", "/responses/resp_1", b"ignored", None),
        ("POST", "/responses/resp_1/cancel", b"{}", b"{}"),
        ("GET", "/responses/resp_1/input_items", b"", None),
    ],
)
def test_a_response_is_asked_for_at_the_provider_that_has_it(method, path, body, sent):
    world = World(answered(b'{"id":"resp_1"}'))
    answer = world.serve(
        method, f"/v1{path}", body=body, query="include=x&limit=2", headers={"accept": "*/*"}
    )

    assert json_of(answer) == {"id": "resp_1"}
    (question,) = world.questions
    assert (question.method, question.path) == (method, f"{path}?include=x&limit=2")
    assert [each.provider for each in question.candidates] == [GPT]
    assert question.body(question.candidates[0]) == sent
    assert question.headers == {"accept": "*/*"}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize(
    "world",
    [
        World(stored=[]),
        World(stored=[replace(MINE, key_id="key_of_another")]),
        World(stored=[replace(MINE, provider_id="prv_gone")]),
    ],
    ids=["unknown", "another key's", "provider gone"],
)
def test_a_response_that_is_not_the_keys_own_is_unknown(world, method):
    refused = world.refusal(method, "/v1/responses/resp_1")
    assert refused.reason is Reason.RESPONSE_NOT_FOUND
    assert refused.message == "Response with id 'resp_1' not found."
    assert (world.questions, world.forgotten) == ([], [])


@pytest.mark.parametrize(
    ("status", "forgotten"), [(200, ["resp_1"]), (204, ["resp_1"]), (404, []), (500, [])]
)
def test_a_response_is_forgotten_once_its_provider_has_deleted_it(status, forgotten):
    world = World(answered(b"{}", status=status))
    assert world.serve("DELETE", "/v1/responses/resp_1").status == status
    assert world.forgotten == forgotten


def test_looking_at_a_response_forgets_nothing():
    world = World()
    world.serve("GET", "/v1/responses/resp_1")
    world.serve("POST", "/v1/responses/resp_1/cancel")
    assert world.forgotten == []


@pytest.mark.parametrize("status", [400, 404, 429, 503])
def test_a_providers_own_error_passes_through(status):
    answer = World(answered(b'{"error":{"x":1}}', status=status)).serve("GET", "/v1/responses/resp_1")
    assert (answer.status, json_of(answer)) == (status, {"error": {"x": 1}})


def test_a_provider_that_does_not_answer_is_a_refusal():
    world = World(UnansweredError(FAILED, ()))
    assert world.refusal("GET", "/v1/responses/resp_1") is FAILED
    assert world.refusal("POST", COUNT, body=b'{"model":"claude"}') is FAILED


def test_an_answer_that_breaks_off_is_a_refusal():
    assert World(answered(b'{"id":', breaks_off=True)).refusal("GET", "/v1/responses/resp_1") is FAILED


@pytest.mark.parametrize(
    ("query", "streams"), [("stream=true", True), ("include=x&stream=true", True), ("stream=false", False)]
)
def test_a_response_can_be_read_as_a_stream(query, streams):
    world = World(answered(b"data: 1\n\n", b"data: 2\n\n", content_type="text/event-stream"))
    chunks = iter(world.serve("GET", "/v1/responses/resp_1", query=query).chunks)
    assert world.questions[0].streams is streams
    assert next(chunks) == b"data: 1\n\n"
    assert b"".join(chunks) == b"data: 2\n\n"


@pytest.mark.parametrize("cut", [b"data: 1\n\n", b"data: 1\n\ndata: {"], ids=["between", "within"])
def test_a_stream_that_breaks_off_ends_with_an_error_event(cut):
    answer = World(answered(cut, content_type="text/event-stream", breaks_off=True)).serve(
        "GET", "/v1/responses/resp_1", query="stream=true"
    )
    sent = b"".join(answer.chunks)
    assert sent.startswith(cut)
    *_, last = EventSplitter().feed(sent)
    assert json.loads(data_of(last))["error"]["message"] == "It failed."
