"""What looks like a success and is no completion is known by its API, and told without secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tollgate_proxy.answers import completions
from tollgate_proxy.apis import registry

MESSAGE = {"message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}
USAGE = {"prompt_tokens": 3, "completion_tokens": 1}

GOOD = {
    "a chat": (registry.CHAT, {"choices": [MESSAGE]}),
    "a chat without a word": (
        registry.CHAT,
        {"choices": [{"message": {"content": ""}, "finish_reason": "stop"}]},
    ),
    "a chat that says that there is no error": (registry.CHAT, {"choices": [MESSAGE], "error": None}),
    "a chat with one choice that failed": (registry.CHAT, {"choices": [{"error": {"code": 502}}, MESSAGE]}),
    "a chat with a word of what went well": (
        registry.CHAT,
        {"choices": [MESSAGE], "base_resp": {"status_code": 0, "status_msg": ""}},
    ),
    "a response": (
        registry.RESPONSES,
        {"object": "response", "status": "completed", "output": [{}], "error": None},
    ),
    "a response in the making": (
        registry.RESPONSES,
        {"object": "response", "status": "queued", "output": []},
    ),
    "a response that was cut short": (registry.RESPONSES, {"status": "incomplete", "output": []}),
    "a message": (registry.MESSAGES, {"type": "message", "content": [{"type": "text", "text": "Hello"}]}),
    "a message without a word": (
        registry.MESSAGES,
        {"type": "message", "content": [], "stop_reason": "end_turn"},
    ),
    "embeddings": (registry.EMBEDDINGS, {"data": [{"embedding": [0.1]}]}),
    "images": (registry.IMAGES, {"data": [{"url": "https://example.com/a.png"}, {"b64_json": "AAAA"}]}),
    "embeddings in base64": (registry.EMBEDDINGS, {"data": [{"embedding": "AAAA"}]}),
}


def fault_of(api, body, *, is_metered=False):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        parsed = json.loads(raw)
    except (ValueError, RecursionError):
        parsed = None
    answer = parsed if isinstance(parsed, dict) else {}
    return completions.fault_of(api, raw, answer, lambda: is_metered)


@pytest.mark.parametrize(("api", "body"), GOOD.values(), ids=GOOD)
def test_an_answer_of_its_api_is_one(api, body):
    assert fault_of(api, body) is None


BARE = {
    "nothing": (b"", "returned an empty body."),
    "blanks": (b" \r\n", "returned an empty body."),
    "a page": (
        b"<!DOCTYPE html><html><body>Back soon.</body></html>",
        "returned a web page instead of ",
    ),
    "a page after a mark": (b"\xef\xbb\xbf <html></html>", "returned a web page instead of "),
    "an XML error": (b'<?xml version="1.0"?><Error/>', "returned a web page instead of "),
    "a word": (b"upstream connect error", "returned invalid JSON."),
    "half an object": (b'{"id":"c1","choi', "returned invalid JSON."),
    "a list": (b"[]", "did not return "),
    "a number": (b"7", "did not return "),
    "an empty object": (b"{}", "did not return "),
    "null": (b"null", "did not return "),
    "endless nesting": (b"[" * 100_000, "returned invalid JSON."),
}


@pytest.mark.parametrize("api", registry.APIS, ids=str)
@pytest.mark.parametrize(("body", "why"), BARE.values(), ids=BARE)
def test_what_is_no_object_is_no_completion_of_any_api(api, body, why):
    assert fault_of(api, body).why.startswith(why)


# As they come from the vendors that they are named for, each with a status of success.
ERRORS = {
    "OpenRouter": ({"error": {"code": 502, "message": "Provider returned error"}}, "Provider returned error"),
    "an error in a word": ({"error": "model is loading"}, "model is loading"),
    "TGI": ({"error": "Model is overloaded", "error_type": "overloaded"}, "Model is overloaded"),
    "Anthropic": (
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        "Overloaded",
    ),
    "Google": ([{"error": {"code": 503, "message": "Overloaded", "status": "UNAVAILABLE"}}], "Overloaded"),
    "vLLM": (
        {"object": "error", "message": "Engine died", "type": "InternalServerError", "code": 500},
        "Engine died",
    ),
    "FastAPI": ({"detail": "Internal Server Error"}, "Internal Server Error"),
    "FastAPI, validating": ({"detail": [{"loc": ["body"], "msg": "field required"}]}, "field required"),
    "Alibaba": (
        {"code": "InternalError", "message": "An internal error", "request_id": "1"},
        "An internal error",
    ),
    "Zhipu": ({"code": 500, "msg": "404 NOT_FOUND", "success": False}, "404 NOT_FOUND"),
    "Cloudflare": (
        {"success": False, "errors": [{"code": 3040, "message": "Capacity exceeded"}], "result": None},
        "Capacity exceeded",
    ),
    "MiniMax": (
        {"choices": None, "base_resp": {"status_code": 1000, "status_msg": "unknown error"}},
        "unknown error",
    ),
    "Baidu": ({"error_code": 336100, "error_msg": "try again"}, "try again"),
    "Tencent": ({"Response": {"Error": {"Code": "InternalError", "Message": "it failed"}}}, "it failed"),
    "AWS": ({"__type": "InternalServerException", "message": "it failed"}, "it failed"),
    "Apigee": (
        {"fault": {"faultstring": "Execution failed", "detail": {"errorcode": "steps"}}},
        "Execution failed",
    ),
    "new-api": ({"success": False, "message": "no channel"}, "no channel"),
    "iFlytek": ({"code": 10013, "message": "it failed", "sid": "x"}, "it failed"),
}


@pytest.mark.parametrize("api", registry.APIS, ids=str)
@pytest.mark.parametrize(("body", "quoted"), ERRORS.values(), ids=ERRORS)
def test_an_error_is_told_in_the_providers_words(api, body, quoted):
    fault = fault_of(api, body)
    assert fault.is_said
    assert fault.why.startswith("returned an error instead of ")
    assert fault.why.endswith(f": {quoted}.")


@pytest.mark.parametrize(
    ("api", "body"),
    [
        (registry.CHAT, {"choices": [MESSAGE], "error": {"message": "it failed"}, "usage": USAGE}),
        (registry.MESSAGES, {"type": "error", "content": [], "error": {"message": "it failed"}}),
        (registry.EMBEDDINGS, {"data": [{"embedding": [1]}], "error": {"message": "it failed"}}),
        (
            registry.CHAT,
            {"choices": [{"error": {"code": 502, "message": "it failed"}, "finish_reason": "error"}]},
        ),
        (
            registry.CHAT,
            {"choices": [{**MESSAGE, "finish_reason": "error", "error": {"message": "it failed"}}]},
        ),
    ],
)
def test_an_error_beside_something_else_is_one(api, body):
    assert fault_of(api, body).why.endswith(": it failed.")


WHOLE: dict[Any, dict[str, Any]] = {
    registry.CHAT: {"choices": [MESSAGE], "usage": USAGE},
    registry.RESPONSES: {"object": "response", "status": "completed", "output": [{"type": "message"}]},
    registry.MESSAGES: {"type": "message", "content": [{"type": "text", "text": "Hello"}]},
    registry.EMBEDDINGS: {"data": [{"embedding": [0.1]}]},
    registry.IMAGES: {"data": [{"b64_json": "AAAA"}]},
}
# What fills the place of an error where there is none.
NO_ERRORS = [
    None,
    "",
    " ",
    False,
    0,
    {},
    [],
    [None],
    [{}],
    "null",
    "None",
    "Success.",
    {"code": 0},
    {"code": "0"},
    {"code": None, "message": None, "param": None, "type": None},
    {"code": "", "message": "", "details": []},
    {"code": 0, "message": "success"},
    {"code": 200, "message": "OK"},
    {"status": "200", "message": ""},
    {"code": "ok"},
    {"type": "none", "message": "No error"},
    {"message": "", "metadata": {"raw": None, "codes": [0, ""]}},
]
SOME_ERRORS = [
    "it failed",
    True,
    1,
    500,
    [{"message": "it failed"}],
    {"code": 0, "message": "it failed"},
    {"code": 200, "message": "it failed"},
    {"code": 1},
    {"message": 200},
    {"type": "error"},
    {"metadata": {"raw": "it failed"}},
    {"details": [None] * 100},
]


@pytest.mark.parametrize("api", registry.APIS, ids=str)
@pytest.mark.parametrize("error", NO_ERRORS, ids=repr)
def test_an_error_that_says_nothing_spoils_no_answer(api, error):
    assert fault_of(api, {**WHOLE[api], "error": error}) is None


@pytest.mark.parametrize("api", registry.APIS, ids=str)
@pytest.mark.parametrize("error", SOME_ERRORS, ids=repr)
def test_an_error_that_says_something_is_one_whatever_is_beside_it(api, error):
    assert fault_of(api, {**WHOLE[api], "error": error}).is_said


@pytest.mark.parametrize("error", NO_ERRORS, ids=repr)
def test_an_answer_of_nothing_but_the_place_for_an_error_is_none(error):
    assert fault_of(registry.CHAT, {"error": error}) is not None


@pytest.mark.parametrize(
    ("api", "body"),
    [
        (registry.CHAT, {"choices": [], "usage": {"prompt_tokens": 0, "completion_tokens": 0}}),
        (registry.CHAT, {"id": "", "object": "", "choices": None, "usage": None}),
        (registry.CHAT, {"choices": [None, "text"]}),
        (registry.CHAT, {"choices": {"message": "Hello"}}),
        (registry.CHAT, {"object": "response", "output": [{}]}),
        (registry.RESPONSES, {"object": "response", "status": "completed", "output": []}),
        (registry.RESPONSES, {"object": "response", "output": None}),
        (registry.RESPONSES, {"choices": [MESSAGE]}),
        (registry.MESSAGES, {"type": "message", "content": None}),
        (registry.MESSAGES, {"choices": [MESSAGE]}),
        (registry.EMBEDDINGS, {"object": "list", "data": []}),
        (registry.EMBEDDINGS, {"data": [{"embedding": []}, {"index": 1}]}),
    ],
)
def test_an_object_without_what_its_api_is_for_is_no_completion(api, body):
    fault = fault_of(api, body)
    assert fault.why.startswith(("did not return ", "returned a response without output."))
    assert not fault.is_said


def test_a_response_that_has_used_something_is_one_though_it_says_nothing():
    assert fault_of(registry.RESPONSES, {"status": "completed", "output": []}, is_metered=True) is None


@pytest.mark.parametrize(
    "body",
    [
        {"object": "response", "status": "failed", "error": {"code": "server_error"}, "output": []},
        {"object": "response", "status": "cancelled", "output": [{}]},
        {"object": "response", "status": "completed", "output": [{}], "error": {"code": "server_error"}},
    ],
)
def test_a_response_that_failed_passes_as_what_it_is(body):
    fault = fault_of(registry.RESPONSES, body, is_metered=True)
    assert fault.passes
    assert fault.is_said


@pytest.mark.parametrize(
    "message",
    [
        "Incorrect API key provided: sk-proj-abc123",
        "Invalid token=abcdef",
        "see https://inside.example/logs",
        "<b>no</b>",
        "request 0123456789abcdef0123456789abcdef failed",
        "Bearer abc is wrong",
        "x" * 30 + " " + "why " * 60,
        "a\x00b",
        "",
    ],
)
def test_what_may_be_a_secret_or_is_too_long_is_not_quoted(message):
    assert fault_of(registry.CHAT, {"error": {"message": message, "code": 502}}).why == (
        "returned an error instead of a completion."
    )


CUT = {
    "within the text": (registry.CHAT, b'{"choices":[{"index":0,"message":{"content":"Hello th', "Hello th"),
    "within an escape": (registry.CHAT, b'{"choices":[{"message":{"content":"Hello\\u00', "Hello"),
    "within a name": (registry.CHAT, b'{"choices":[{"message":{"content":"Hello"},"fini', "Hello"),
    "in a response": (registry.RESPONSES, b'{"output":[{"content":[{"text":"Hello', "Hello"),
    "in a message": (
        registry.MESSAGES,
        b'{"type":"message","content":[{"type":"text","text":"Hello"',
        "Hello",
    ),
}


@pytest.mark.parametrize(("api", "body", "text"), CUT.values(), ids=CUT)
def test_of_a_body_that_was_cut_the_text_is_found(api, body, text):
    assert f'"{text}"' in json.dumps(completions.generated_in(api, body))


@pytest.mark.parametrize(
    "body", [b"", b"<html>Hello</html>", b"Hello", b'{"error":"Hello', b'{"choices":"Hello"}']
)
@pytest.mark.parametrize("api", registry.APIS, ids=str)
def test_what_is_no_text_of_a_completion_was_not_generated(api, body):
    assert not completions.generated_in(api, body)


def test_what_a_choice_says_of_its_error_was_not_generated():
    body = b'{"choices":[{"error":{"message":"it failed"},"message":{"content":"Hello"}}]}'
    assert completions.generated_in(registry.CHAT, body) == [{"message": {"content": "Hello"}}]
