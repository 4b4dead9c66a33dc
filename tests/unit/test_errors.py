"""Refusals in the shape that OpenAI's SDKs expect, and which of them are final."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.builders import KEY, NOW, scope
from tollgate.refusals import Reason, RefusedError
from tollgate.scopes import Hold
from tollgate_proxy.errors import to_answer, to_body
from tollgate_proxy.routes import WrongMethodError

KINDS = {
    Reason.INVALID_API_KEY: (401, "invalid_request_error"),
    Reason.KEY_EXPIRED: (401, "invalid_request_error"),
    Reason.KEY_REVOKED: (401, "invalid_request_error"),
    Reason.MODEL_NOT_ALLOWED: (403, "permission_error"),
    Reason.MODEL_NOT_FOUND: (404, "invalid_request_error"),
    Reason.MODEL_NOT_PRICED: (400, "invalid_request_error"),
    Reason.MODEL_WRONG_TYPE: (400, "invalid_request_error"),
    Reason.MODEL_WRONG_PROVIDER: (400, "invalid_request_error"),
    Reason.MISSING_MODEL: (400, "invalid_request_error"),
    Reason.INVALID_JSON: (400, "invalid_request_error"),
    Reason.INVALID_PARAMETER: (400, "invalid_request_error"),
    Reason.UNKNOWN_ROUTE: (404, "invalid_request_error"),
    Reason.METHOD_NOT_ALLOWED: (405, "invalid_request_error"),
    Reason.REQUEST_TOO_LARGE: (413, "invalid_request_error"),
    Reason.BUDGET_EXHAUSTED: (429, "insufficient_quota"),
    Reason.PROVIDER_UNAVAILABLE: (502, "upstream_error"),
    Reason.PROVIDER_TIMEOUT: (504, "upstream_error"),
    Reason.RESPONSE_TOO_LARGE: (502, "upstream_error"),
    Reason.INTERNAL_ERROR: (500, "server_error"),
}
# Trying again may help with these, and only with these.
WORTH_A_RETRY = {Reason.PROVIDER_UNAVAILABLE, Reason.PROVIDER_TIMEOUT, Reason.INTERNAL_ERROR}


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


def test_an_exhausted_budget_says_which_and_how_it_stands():
    holds = {"req_1": Hold(Decimal("0.5"), NOW), "req_2": Hold(Decimal("0.25"), NOW)}
    refused = RefusedError(Reason.BUDGET_EXHAUSTED, "Used up.", scope=scope(used="10.50", holds=holds))

    assert to_body(refused)["error"]["details"] == {
        "scope": KEY.key_id,
        "window": "total",
        "limitUsd": "10",
        "usedUsd": "10.5",
        "heldUsd": "0.75",
        "resetsAt": None,
    }


def test_amounts_are_strings_so_that_no_client_rounds_them():
    refusing = scope(budget_limit="0.000000000000000001", used="0.000000000000000001")
    details = to_body(RefusedError(Reason.BUDGET_EXHAUSTED, "Used up.", scope=refusing))["error"]["details"]
    assert details["limitUsd"] == details["usedUsd"] == "0.000000000000000001"


def test_a_scope_without_a_limit_shows_none():
    refused = RefusedError(Reason.BUDGET_EXHAUSTED, "Used up.", scope=scope(budget_limit=None))
    assert to_body(refused)["error"]["details"]["limitUsd"] is None


def test_a_refusal_shows_no_secret():
    refused = RefusedError(Reason.BUDGET_EXHAUSTED, "Used up.", scope=scope(used="10"))
    assert KEY.secret_hash not in json.dumps(to_body(refused))


@pytest.mark.parametrize("name", ["模型", "🦙", 'a"b\\c\n', "\ud800"], ids=ascii)
def test_any_name_that_a_request_can_hold_can_be_repeated(name):
    answer = to_answer(RefusedError(Reason.MODEL_NOT_FOUND, f"The model `{name}` does not exist."))
    assert body_of(answer)["error"]["message"] == f"The model `{name}` does not exist."
