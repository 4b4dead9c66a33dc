"""What answers that are no success become."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from tests.support.canned_api import CannedApi, json_answer, text_answer
from tollgate_client import (
    ApiError,
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    RevisionChanged,
    Unauthorized,
)

PROBLEM = {
    "type": "about:blank",
    "title": "Unprocessable Entity",
    "status": 422,
    "detail": "The request is not valid.",
    "instance": "/api/admin/apiKey",
    "errors": [{"field": "budgetLimit", "message": "must not be negative"}],
}
REFUSAL = {
    "error": {"message": "may not be so high", "type": "x", "code": "invalid_parameter", "param": "limit"}
}
GATEWAYS_OWN = {
    "error": {"message": "Too many requests at once.", "code": "request_refused"},
    "request_id": "g-1",
}


def raised_by(answer):
    with pytest.raises(ApiError) as raised:
        CannedApi([answer]).admin().create_key({"name": "x"})
    return raised.value


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ApiError),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (409, Conflict),
        (412, RevisionChanged),
        (413, ApiError),
        (422, Invalid),
        (500, ApiError),
    ],
)
def test_a_status_has_its_error(status, kind):
    error = raised_by(json_answer(status, {**PROBLEM, "detail": "So it is."}))
    assert (type(error), error.status, str(error)) == (kind, status, "So it is.")


def test_problem_details_name_the_fields():
    error = raised_by(json_answer(422, PROBLEM, x_amzn_requestid="6a1b"))
    assert error.detail == "The request is not valid."
    assert error.fields == [FieldError("budgetLimit", "must not be negative")]
    assert error.request_id == "6a1b"


def test_self_services_errors_have_a_code():
    error = raised_by(json_answer(400, REFUSAL, x_request_id="req_1", x_amzn_requestid="6a1b"))
    assert (error.detail, error.code, error.request_id) == (
        "may not be so high",
        "invalid_parameter",
        "req_1",
    )
    assert error.fields == [FieldError("limit", "may not be so high")]


def test_api_gateways_own_answers_are_understood():
    error = raised_by(json_answer(400, GATEWAYS_OWN))
    assert (error.detail, error.request_id) == ("Too many requests at once.", "g-1")
    assert raised_by(json_answer(403, {"message": "Forbidden by a rule"})).detail == "Forbidden by a rule"
    assert raised_by(json_answer(413, {"Message": "Too long"})).detail == "Too long"


@pytest.mark.parametrize("status", [400, 403, 404, 407, 413, 429, 500, 502, 503, 504, 599])
@pytest.mark.parametrize(
    "answer",
    [
        lambda status: text_answer(status, "<html><h1>Nope</h1></html>"),
        lambda status: text_answer(status, ""),
        lambda status: text_answer(status, '{"message": "cut o', "application/json"),
        lambda status: json_answer(status, ["a list"]),
        lambda status: json_answer(status, {"detail": 7, "errors": "none", "error": None, "message": ""}),
        lambda status: json_answer(status, {"error": {"message": None}, "errors": [1, None]}),
    ],
)
def test_what_says_nothing_becomes_a_plain_sentence(status, answer, monkeypatch):
    monkeypatch.setattr("tollgate_client.api_client.time.sleep", lambda _: None)
    error = raised_by(answer(status))
    assert error.status == status
    assert error.detail.endswith((".", "?"))
    assert "<" not in error.detail
    assert error.fields == []


@pytest.mark.parametrize("media", ["text/html", "application/json; charset=utf-8", ""])
def test_a_good_answer_that_is_no_json_asks_for_the_url(media):
    error = raised_by(text_answer(200, "<html>Sign in, please</html>", media))
    assert error.status == 200
    assert "URL" in error.detail


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7), ("0.5", 0.5), ("", None), ("soon", None), ("-3", None), ("Sun, 06 Nov 1994 08:49:37 GMT", 0)],
)
def test_retry_after_is_in_seconds(said, seconds):
    assert raised_by(json_answer(400, PROBLEM, retry_after=said)).retry_after == seconds


def test_retry_after_may_be_a_date():
    then = datetime.now(UTC) + timedelta(hours=1)
    found = raised_by(json_answer(400, PROBLEM, retry_after=format_datetime(then, usegmt=True))).retry_after
    assert 3000 < found <= 3600


def test_an_endless_detail_is_cut():
    assert len(raised_by(json_answer(400, {"detail": "x" * 100_000})).detail) == 2000


def test_an_unknown_status_is_an_error():
    assert raised_by(httpx.Response(599)).detail == "The answer has the status 599."
