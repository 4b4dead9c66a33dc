"""The admin API's errors as problem details."""

from __future__ import annotations

import json
from http import HTTPStatus

import pytest
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from tollgate_admin import problems
from tollgate_admin.problems import ProblemError


def fault(*location, message="Field required", kind="missing"):
    return {"type": kind, "loc": location, "msg": message}


def test_a_problem_is_described_as_rfc_9457_has_it():
    problem = ProblemError(HTTPStatus.CONFLICT, "There is one already.", [("name", "is taken")])
    assert problem.to_body() == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "There is one already.",
        "errors": [{"field": "name", "message": "is taken"}],
    }


def test_a_problem_is_answered_with_its_status_and_media_type():
    problem = ProblemError(HTTPStatus.NOT_FOUND, "There is no API key key_x.")
    response = problem.to_response()

    assert response.status_code == 404
    assert response.content_type == "application/problem+json"
    assert json.loads(response.body) == problem.to_body()
    assert problem.to_body()["errors"] == []


@pytest.mark.parametrize("status", [HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT])
def test_only_who_must_authenticate_is_challenged(status):
    challenge = ProblemError(status, "No.").to_response().headers.get("WWW-Authenticate")
    assert challenge == ("Bearer" if status is HTTPStatus.UNAUTHORIZED else None)


def test_errors_may_be_generated():
    problem = ProblemError(HTTPStatus.CONFLICT, "No.", ((name, "is wrong") for name in "ab"))
    assert problem.errors == (("a", "is wrong"), ("b", "is wrong"))


@pytest.mark.parametrize(
    ("problem", "status", "detail", "errors"),
    [
        (problems.not_found("model", "mdl_x"), 404, "There is no model mdl_x.", ()),
        (problems.conflict("It is taken."), 409, "It is taken.", ()),
        (
            problems.conflict("It is taken.", ("name", "is taken")),
            409,
            "It is taken.",
            (("name", "is taken"),),
        ),
        (problems.invalid("from", "lies after"), 422, "The request is not valid.", (("from", "lies after"),)),
    ],
)
def test_each_kind_of_problem_has_its_status(problem, status, detail, errors):
    assert (problem.status, problem.detail, problem.errors) == (status, detail, errors)


def test_every_wrong_field_is_named_by_its_path():
    problem = problems.from_validation(
        RequestValidationError(
            [
                fault("body", "name"),
                fault("body", "budgetAlertThresholds", 0, "percent", message="Too large"),
                fault("query", "limit", message="Too small"),
                fault("body", message="Not an object"),
            ]
        )
    )
    assert problem.status == 422
    assert problem.errors == (
        ("name", "Field required"),
        ("budgetAlertThresholds.0.percent", "Too large"),
        ("limit", "Too small"),
        ("body", "Not an object"),
    )


def test_a_body_that_is_no_json_is_a_bad_request_and_not_a_wrong_field():
    error = RequestValidationError([fault("body", 0, kind="json_invalid", message="Expecting value")])
    problem = problems.from_validation(error)
    assert (problem.status, problem.errors) == (400, ())
