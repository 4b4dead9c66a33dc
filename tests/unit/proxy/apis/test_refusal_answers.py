"""Refusals in the shapes that OpenAI's and Anthropic's SDKs expect, and which of them are final."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import anthropic
import httpx
import httpx2
import openai
import pytest

from tests.support.builders import KEY, NOW
from tollgate.catalog.catalog import ProviderType
from tollgate.refusals import BUDGET_REFUSALS, Reason, RefusedError, Shortage
from tollgate_proxy.apis import refusal_answers, registry
from tollgate_proxy.apis.routes import WrongMethodError

KINDS = {
    Reason.INVALID_API_KEY: (401, "invalid_request_error"),
    Reason.KEY_EXPIRED: (401, "invalid_request_error"),
    Reason.KEY_REVOKED: (401, "invalid_request_error"),
    Reason.MODEL_NOT_ALLOWED: (403, "permission_error"),
    Reason.MODEL_NOT_FOUND: (404, "invalid_request_error"),
    Reason.MODEL_NOT_PRICED: (400, "invalid_request_error"),
    Reason.TIER_NOT_PRICED: (400, "invalid_request_error"),
    Reason.TOOL_NOT_PRICED: (400, "invalid_request_error"),
    Reason.UNKNOWN_MEMBER: (400, "invalid_request_error"),
    Reason.PROVIDER_AUTHENTICATION: (502, "upstream_error"),
    Reason.MODEL_WRONG_TYPE: (400, "invalid_request_error"),
    Reason.MODEL_WRONG_PROVIDER: (400, "invalid_request_error"),
    Reason.MISSING_MODEL: (400, "invalid_request_error"),
    Reason.INVALID_JSON: (400, "invalid_request_error"),
    Reason.INVALID_PARAMETER: (400, "invalid_request_error"),
    Reason.UNTRANSLATABLE: (400, "invalid_request_error"),
    Reason.THREAD_UNSUPPORTED: (400, "invalid_request_error"),
    Reason.UNKNOWN_ROUTE: (404, "invalid_request_error"),
    Reason.UPGRADE_REQUIRED: (426, "invalid_request_error"),
    Reason.UNSUPPORTED_ENCODING: (415, "invalid_request_error"),
    Reason.METHOD_NOT_ALLOWED: (405, "invalid_request_error"),
    Reason.REQUEST_TOO_LARGE: (413, "invalid_request_error"),
    Reason.BUDGET_EXHAUSTED: (429, "insufficient_quota"),
    Reason.QUOTA_EXHAUSTED: (429, "insufficient_quota"),
    Reason.PARENT_BUDGET_EXHAUSTED: (429, "insufficient_quota"),
    Reason.REQUEST_EXCEEDS_BUDGET: (429, "insufficient_quota"),
    Reason.DOWNGRADE_REQUIRED: (429, "insufficient_quota"),
    Reason.BUDGET_HELD: (429, "rate_limit_error"),
    Reason.BUDGET_RESERVED: (429, "insufficient_quota"),
    Reason.RATE_LIMIT_EXCEEDED: (429, "rate_limit_error"),
    Reason.REQUEST_EXCEEDS_RATE_LIMIT: (400, "invalid_request_error"),
    Reason.TOO_MANY_PARALLEL_REQUESTS: (429, "rate_limit_error"),
    Reason.PROVIDER_UNAVAILABLE: (502, "upstream_error"),
    Reason.PROVIDER_TIMEOUT: (504, "upstream_error"),
    Reason.ALL_PROVIDERS_FAILED: (503, "upstream_error"),
    Reason.RESPONSE_NOT_FOUND: (404, "invalid_request_error"),
    Reason.FILE_NOT_FOUND: (404, "invalid_request_error"),
    Reason.BATCH_NOT_FOUND: (404, "invalid_request_error"),
    Reason.BATCH_NOT_SETTLED: (409, "invalid_request_error"),
    Reason.BATCH_UNCONFIRMED: (502, "upstream_error"),
    Reason.PREVIOUS_RESPONSE_NOT_FOUND: (400, "invalid_request_error"),
    Reason.IDEMPOTENCY_KEY_IN_USE: (409, "invalid_request_error"),
    Reason.IDEMPOTENCY_KEY_REUSED: (422, "invalid_request_error"),
    Reason.IDEMPOTENT_ANSWER_NOT_KEPT: (409, "invalid_request_error"),
    Reason.RESPONSE_TOO_LARGE: (502, "upstream_error"),
    Reason.INTERNAL_ERROR: (500, "server_error"),
    Reason.KEY_NOT_FOUND: (404, "invalid_request_error"),
    Reason.BUDGET_REQUEST_NOT_FOUND: (404, "invalid_request_error"),
    Reason.KEY_MANAGEMENT_NOT_ALLOWED: (403, "permission_error"),
    Reason.CONFLICT: (409, "invalid_request_error"),
    Reason.PRECONDITION_FAILED: (412, "invalid_request_error"),
}
# Trying again may help with these, and only with these.
WORTH_A_RETRY = {
    Reason.BUDGET_HELD,
    Reason.RATE_LIMIT_EXCEEDED,
    Reason.TOO_MANY_PARALLEL_REQUESTS,
    Reason.PROVIDER_UNAVAILABLE,
    Reason.PROVIDER_TIMEOUT,
    Reason.ALL_PROVIDERS_FAILED,
    Reason.IDEMPOTENCY_KEY_IN_USE,
    Reason.BATCH_NOT_SETTLED,
    Reason.INTERNAL_ERROR,
}
SHORTAGE = Shortage(
    scope=KEY.key_id,
    window="total",
    limit=Decimal(10),
    allowance=Decimal(10),
    used=Decimal("10.50"),
    held=Decimal("0.75"),
    cost=None,
    resets_at=None,
)


def to_answer(refused, shape=ProviderType.OPENAI):
    return refusal_answers.to_answer(refused, shape, "req_1")


def body_of(answer):
    return json.loads(b"".join(answer.chunks))


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_an_error_in_openais_shape(reason):
    status, kind = KINDS[reason]

    answer = to_answer(RefusedError(reason, "Why.", param="model"))

    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"
    assert body_of(answer) == {
        "error": {"message": "Why.", "type": kind, "code": reason.value, "param": "model"}
    }


@pytest.mark.parametrize("reason", Reason)
def test_sdks_are_told_not_to_retry_what_can_not_succeed(reason):
    headers = to_answer(RefusedError(reason, "Why.")).headers
    assert headers.get("x-should-retry") == (None if reason in WORTH_A_RETRY else "false")


def test_a_wrong_method_names_the_allowed_one_in_a_header():
    answer = to_answer(WrongMethodError("/v1/models", "POST", "GET"))
    assert answer.status == 405
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize("reason", Reason)
def test_no_other_refusal_names_methods(reason):
    assert "allow" not in to_answer(RefusedError(reason, "Why.")).headers


def details_of(**changes):
    refused = RefusedError(Reason.BUDGET_EXHAUSTED, "Used up.", shortage=replace(SHORTAGE, **changes))
    return refusal_answers.to_body(refused, ProviderType.OPENAI, "req_1")["error"]["details"]


def test_an_exhausted_budget_says_which_and_how_it_stands():
    assert details_of() == {
        "scope": KEY.key_id,
        "window": "total",
        "limitUsd": "10",
        "usedUsd": "10.5",
        "heldUsd": "0.75",
        "costUsd": None,
        "resetsAt": None,
    }


def test_a_budget_with_more_beside_its_limit_says_out_of_what_it_pays_and_how_much_there_is():
    details = details_of(phase="metered", packs=Decimal("0.10"), overage=Decimal("2.50"))
    found = {name: details[name] for name in ("phase", "packsUsd", "overageLimitUsd")}
    assert found == {"phase": "metered", "packsUsd": "0.1", "overageLimitUsd": "2.5"}


def test_a_quota_says_when_it_starts_anew_and_a_hold_what_it_would_be():
    details = details_of(window="day", cost=Decimal("0.100"), resets_at=NOW)
    assert (details["window"], details["costUsd"]) == ("day", "0.1")
    assert details["resetsAt"] == "2026-03-14T15:09:26.535Z"


def test_amounts_are_strings_so_that_no_client_rounds_them():
    smallest = Decimal("0.000000000000000001")
    details = details_of(limit=smallest, used=smallest)
    assert details["limitUsd"] == details["usedUsd"] == "0.000000000000000001"


def test_who_may_try_again_is_told_when():
    headers = to_answer(RefusedError(Reason.BUDGET_HELD, "Held.", retry_after=33.4651)).headers
    assert (headers["retry-after"], headers["retry-after-ms"]) == ("34", "33466")


@pytest.mark.parametrize("name", ["模型", "🦙", 'a"b\\c\n', "\ud800"], ids=ascii)
def test_any_name_that_a_request_can_hold_can_be_repeated(name):
    answer = to_answer(RefusedError(Reason.MODEL_NOT_FOUND, f"The model `{name}` does not exist."))
    assert body_of(answer)["error"]["message"] == f"The model `{name}` does not exist."


# Of those that Anthropic's SDK knows; what isn't here is an invalid_request_error.
ANTHROPICS = {
    **dict.fromkeys((Reason.INVALID_API_KEY, Reason.KEY_EXPIRED, Reason.KEY_REVOKED), "authentication_error"),
    **dict.fromkeys((Reason.MODEL_NOT_ALLOWED, Reason.KEY_MANAGEMENT_NOT_ALLOWED), "permission_error"),
    **dict.fromkeys(
        (
            Reason.MODEL_NOT_FOUND,
            Reason.UNKNOWN_ROUTE,
            Reason.RESPONSE_NOT_FOUND,
            Reason.KEY_NOT_FOUND,
            Reason.BUDGET_REQUEST_NOT_FOUND,
            Reason.FILE_NOT_FOUND,
            Reason.BATCH_NOT_FOUND,
        ),
        "not_found_error",
    ),
    **dict.fromkeys(BUDGET_REFUSALS, "billing_error"),
    **dict.fromkeys(
        (Reason.BUDGET_HELD, Reason.RATE_LIMIT_EXCEEDED, Reason.TOO_MANY_PARALLEL_REQUESTS),
        "rate_limit_error",
    ),
    Reason.REQUEST_TOO_LARGE: "request_too_large",
    **dict.fromkeys(
        (
            Reason.PROVIDER_UNAVAILABLE,
            Reason.PROVIDER_AUTHENTICATION,
            Reason.BATCH_UNCONFIRMED,
            Reason.PROVIDER_TIMEOUT,
            Reason.RESPONSE_TOO_LARGE,
            Reason.INTERNAL_ERROR,
        ),
        "api_error",
    ),
    Reason.ALL_PROVIDERS_FAILED: "overloaded_error",
}


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_an_error_in_anthropics_shape(reason):
    status, _ = KINDS[reason]

    answer = to_answer(RefusedError(reason, "Why.", param="model"), ProviderType.ANTHROPIC)

    assert answer.status == status
    assert answer.headers["request-id"] == "req_1"
    assert body_of(answer) == {
        "type": "error",
        "error": {
            "type": ANTHROPICS.get(reason, "invalid_request_error"),
            "message": "Why.",
            "code": reason.value,
            "details": {"error_code": reason.value},
        },
        "request_id": "req_1",
    }


@pytest.mark.parametrize("status", [400, 402, 429])
@pytest.mark.parametrize("reason", Reason)
def test_the_status_of_a_budgets_refusal_and_of_no_other_may_be_chosen(reason, status):
    refused = RefusedError(reason, "Why.")
    refused.budget_status = status

    answer = to_answer(refused)

    assert answer.status == (status if reason in BUDGET_REFUSALS else KINDS[reason][0])
    assert body_of(answer)["error"]["code"] == reason.value
    assert answer.headers.get("x-should-retry") == (None if reason in WORTH_A_RETRY else "false")


@pytest.mark.parametrize(("cost", "status"), [("9.99", 429), ("10", 429), ("10.01", 400)])
def test_what_the_whole_allowance_does_not_pay_for_is_the_requests_own_fault(cost, status):
    short = replace(SHORTAGE, cost=Decimal(cost))
    refused = RefusedError(Reason.REQUEST_EXCEEDS_BUDGET, "Too dear.", shortage=short)

    for shape in ProviderType:
        answer = to_answer(refused, shape)
        assert answer.status == status
        assert answer.headers["x-should-retry"] == "false"
        kind = body_of(answer)["error"]["type"]
        assert (kind == "invalid_request_error") == (status == 400)


@pytest.mark.parametrize("reason", Reason)
def test_both_shapes_say_the_same_about_a_retry(reason):
    refused = RefusedError(reason, "Why.", retry_after=1.5)
    openais, anthropics = to_answer(refused), to_answer(refused, ProviderType.ANTHROPIC)
    assert anthropics.headers == {**openais.headers, "request-id": "req_1"}


def test_a_shortage_is_told_in_anthropics_shape_too():
    refused = RefusedError(Reason.BUDGET_EXHAUSTED, "Used up.", shortage=SHORTAGE)
    openais, anthropics = (
        refusal_answers.to_body(refused, shape, "req_1")["error"]["details"]
        for shape in (ProviderType.OPENAI, ProviderType.ANTHROPIC)
    )
    assert anthropics == {"error_code": "budget_exhausted", **openais}


CUT_SHORT = RefusedError(Reason.PROVIDER_UNAVAILABLE, "The answer broke off: 世界\n\ndata: {}")


@pytest.fixture(params=[b"", b"\n\n"], ids=["at once", "after an event"])
def answered(request):
    """Clients of both SDKs, whose every call is answered with the event alone."""

    def answer_with(event, http=httpx):
        def respond(_request):
            headers = {"content-type": "text/event-stream"}
            return http.Response(200, headers=headers, content=request.param + event)

        return http.Client(transport=http.MockTransport(respond))

    return answer_with


def test_openais_sdk_raises_by_the_event_that_ends_a_chat(answered):
    event = refusal_answers.to_event(CUT_SHORT, registry.CHAT, "req_1")
    with (
        openai.OpenAI(api_key="sk", base_url="http://gateway", http_client=answered(event)) as client,
        pytest.raises(openai.APIError) as raised,
    ):
        list(client.chat.completions.create(model="small", messages=[], stream=True))
    assert raised.value.message == CUT_SHORT.message
    assert raised.value.code == "provider_unavailable"


def test_openais_sdk_raises_by_the_event_that_ends_a_response(answered):
    event = refusal_answers.to_event(CUT_SHORT, registry.RESPONSES, "req_1")
    with (
        openai.OpenAI(api_key="sk", base_url="http://gateway", http_client=answered(event)) as client,
        pytest.raises(openai.APIError) as raised,
    ):
        list(client.responses.create(model="small", input="hi", stream=True))
    assert raised.value.message == CUT_SHORT.message
    assert raised.value.code == "provider_unavailable"


def test_anthropics_sdk_raises_by_the_event_that_ends_a_message(answered):
    event = refusal_answers.to_event(CUT_SHORT, registry.MESSAGES, "req_1")
    http = answered(event, httpx2)  # which Anthropic's has moved to
    with (
        anthropic.Anthropic(api_key="sk", base_url="http://gateway", http_client=http) as client,
        pytest.raises(anthropic.APIError) as raised,
    ):
        list(client.messages.create(model="claude", max_tokens=9, messages=[], stream=True))
    assert raised.value.body == refusal_answers.to_body(CUT_SHORT, ProviderType.ANTHROPIC, "req_1")


def test_the_event_that_ends_a_response_has_the_members_of_the_apis_own():
    event = refusal_answers.to_event(CUT_SHORT, registry.RESPONSES, "req_1")
    assert event.startswith(b"event: error\ndata: ")
    data = json.loads(event.removeprefix(b"event: error\ndata: "))
    assert data["type"] == "error"
    assert {name: data[name] for name in ("code", "message", "param")} == {
        "code": "provider_unavailable",
        "message": CUT_SHORT.message,
        "param": None,
    }


@pytest.mark.parametrize("api", registry.APIS, ids=str)
def test_a_message_of_several_lines_is_one_event(api):
    event = refusal_answers.to_event(CUT_SHORT, api, "req_1")
    assert event.count(b"\n\n") == 1
    assert event.endswith(b"\n\n")
