"""A conversation that was translated goes on natively: providers don't get what only others can read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.builders import NOW, model, provider
from tollgate.catalog.catalog import ApiEndpoint, AuthHeader, ProviderApi
from tollgate_proxy.apis import routes
from tollgate_proxy.bounds.call_bounds import OutputPolicy
from tollgate_proxy.metered_call import parse_call
from tollgate_proxy.translation import seals
from tollgate_proxy.translation.chat.chat_reasoning import details_seal, extra_seal
from tollgate_proxy.translation.conversation import Seal

CHAT, RESPONSES, MESSAGES = ProviderApi.CHAT, ProviderApi.RESPONSES, ProviderApi.MESSAGES
PATHS = {CHAT: "/v1/chat/completions", RESPONSES: "/v1/responses", MESSAGES: "/v1/messages"}
USER = {"role": "user", "content": "Hi"}
TEXT = {"type": "text", "text": "Hello"}
CALL = {"type": "tool_use", "id": "t", "name": "Read", "input": {}}
RESULT = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "x"}]}
BUDGET = {"type": "enabled", "budget_tokens": 1024}
OF_CHAT, OF_MESSAGES = Seal(CHAT, "{}"), Seal(MESSAGES, "EqQB")
OF_RESPONSES = Seal(RESPONSES, "gAAA", "rs_own")
CLEARED = {"edits": [{"type": "clear_thinking_20251015"}, {"type": "clear_tool_uses_20250919"}]}


class Catalog:
    def __init__(self, api: ProviderApi) -> None:
        self.api = api

    def model(self, system_name):
        return model(system_name)

    def provider(self, _):
        return provider(apis=(ApiEndpoint(self.api, "https://x.example/v1", AuthHeader.AUTHORIZATION),))

    def models(self):
        return []


def sent(api: ProviderApi, members: dict[str, Any], spoken: ProviderApi | None = None) -> bytes:
    route: Any = routes.match("POST", PATHS[api])
    written = json.dumps({"model": "small", **members}).encode()
    call = parse_call(route, written, Catalog(spoken or api), NOW, OutputPolicy(default=1000, minimum=256))
    return call.body(call.candidates[0], None)


def thinking(signature: str, text: str = "Hm") -> dict[str, Any]:
    return {"type": "thinking", "thinking": text, "signature": signature}


def said(*blocks: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


def reasoning(sealed: str, name: str = "rs_1") -> dict[str, Any]:
    return {"type": "reasoning", "id": name, "summary": [], "encrypted_content": sealed}


def detail(sealed: str) -> dict[str, Any]:
    return {"type": "reasoning.encrypted", "data": sealed, "index": 0}


OWN_DETAILS = [{"type": "reasoning.text", "text": "Hm"}]
TOOL_CALL = {"id": "c", "type": "function", "function": {"name": "Read", "arguments": "{}"}}
SEALED: dict[str, tuple[ProviderApi, dict[str, Any], dict[str, Any]]] = {
    "another API's signature": (
        MESSAGES,
        {"messages": [USER, said(thinking(seals.wrap(OF_CHAT)), TEXT)]},
        {"messages": [USER, said(TEXT)]},
    ),
    "nothing else in a turn": (
        MESSAGES,
        {"messages": [USER, said({"type": "redacted_thinking", "data": seals.wrap(OF_RESPONSES)}), USER]},
        {"messages": [USER, USER]},
    ),
    "no signature": (
        MESSAGES,
        {"messages": [USER, said(thinking(seals.UNSEALED), thinking("EqQB"), TEXT)]},
        {"messages": [USER, said(thinking("EqQB"), TEXT)]},
    ),
    "the API's own signature": (
        MESSAGES,
        {"messages": [USER, said(thinking(seals.wrap(OF_MESSAGES, "Hmm"), "H"), TEXT)]},
        {"messages": [USER, said(thinking("EqQB", "Hmm"), TEXT)]},
    ),
    "a model that can't begin to think": (
        MESSAGES,
        {
            "messages": [USER, said(thinking(seals.wrap(OF_CHAT)), CALL), RESULT],
            "thinking": BUDGET,
            "context_management": CLEARED,
        },
        {
            "messages": [USER, said(CALL), RESULT],
            "thinking": {"type": "disabled"},
            "context_management": {"edits": CLEARED["edits"][1:]},
        },
    ),
    "another API's encrypted content": (
        RESPONSES,
        {"input": [USER, reasoning(seals.wrap(OF_MESSAGES, "Hm")), reasoning("gBBB")]},
        {"input": [USER, reasoning("gBBB")]},
    ),
    "the API's own encrypted content": (
        RESPONSES,
        {"input": [USER, reasoning(seals.wrap(OF_RESPONSES))]},
        {"input": [USER, reasoning("gAAA", "rs_own")]},
    ),
    "another API's details": (
        CHAT,
        {
            "messages": [
                USER,
                {
                    "role": "assistant",
                    "content": "x",
                    "reasoning_details": [detail(seals.wrap(OF_MESSAGES, "Hm"))],
                },
            ]
        },
        {"messages": [USER, {"role": "assistant", "content": "x"}]},
    ),
    "the API's own details": (
        CHAT,
        {
            "messages": [
                USER,
                {
                    "role": "assistant",
                    "tool_calls": [TOOL_CALL],
                    "reasoning_details": [
                        detail(seals.wrap(details_seal(OWN_DETAILS), "Hm")),
                        detail(seals.wrap(extra_seal("c", {"google": {}}))),
                    ],
                },
            ]
        },
        {
            "messages": [
                USER,
                {
                    "role": "assistant",
                    "tool_calls": [{**TOOL_CALL, "extra_content": {"google": {}}}],
                    "reasoning_details": OWN_DETAILS,
                },
            ]
        },
    ),
}


@pytest.mark.parametrize(("api", "members", "expected"), SEALED.values(), ids=SEALED)
def test_a_provider_gets_no_seal_that_it_has_not_made(api, members, expected):
    limit = {"max_tokens": 2000} if api is MESSAGES else {}
    assert json.loads(sent(api, {**limit, **members})) == {"model": "small", **limit, **expected}


def test_a_request_that_only_speaks_of_seals_passes_as_it_is():
    members = {
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "What is tg1.chat.e30?"}, said(TEXT)],
    }
    assert sent(MESSAGES, members) == json.dumps({"model": "small", **members}).encode()


@pytest.mark.parametrize(
    "odd", [None, 7, "x", {}, [], [None], ["tg1."], [{"content": ["tg1."]}], [{"content": 1}]]
)
@pytest.mark.parametrize("api", PATHS)
def test_whatever_is_no_conversation_is_left_to_the_provider(api, odd):
    members = {"max_tokens": 9, "input" if api is RESPONSES else "messages": odd, "metadata": {"a": "tg1."}}
    assert json.loads(sent(api, members))["metadata"] == {"a": "tg1."}
