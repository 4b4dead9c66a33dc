"""The admin API's errors as problem details."""

from __future__ import annotations

import json
from http import HTTPStatus

import pytest
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from tollgate_admin.web import problems
from tollgate_admin.web.problems import ProblemError


def fault(*location, message="Field required", kind="missing"):
    return {"type": kind, "loc": location, "msg": message}


def test_a_problem_is_described_as_rfc_9457_has_it():
    problem = ProblemError(HTTPStatus.CONFLICT, "There is one already.", [("name", "is taken")])
    assert problem.to_body("/api/admin/models") == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "There is one already.",
        "instance": "/api/admin/models",
        "errors": [{"field": "name", "message": "is taken"}],
    }


def test_a_problem_is_answered_with_its_status_and_media_type():
    problem = ProblemError(HTTPStatus.NOT_FOUND, "There is no API key key_x.")
    response = problem.to_response("/api/admin/apiKey/key_x")

    assert response.status_code == 404
    assert response.content_type == "application/problem+json"
    assert json.loads(response.body) == problem.to_body("/api/admin/apiKey/key_x")
    assert json.loads(response.body)["errors"] == []


@pytest.mark.parametrize("path", ["/chat/completions", "/v1/messages", "/responses", "/embeddings"])
def test_a_call_of_a_model_is_told_where_models_are_called_as_its_sdk_shows_it(path):
    told = problems.no_route("POST", f"/api/admin{path}").to_body("/")
    assert "models are called below /v1" in told["detail"]
    assert told["error"] == {
        "message": told["detail"],
        "type": "invalid_request_error",
        "code": "unknown_route",
    }


def test_any_other_path_that_is_not_there_is_a_problem_alone():
    told = problems.no_route("GET", "/api/admin/nothing").to_body("/")
    assert told["detail"] == "There is no route GET /api/admin/nothing."
    assert "error" not in told


@pytest.mark.parametrize("status", [HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT])
def test_only_who_must_authenticate_is_challenged(status):
    challenge = ProblemError(status, "No.").to_response("/").headers.get("WWW-Authenticate")
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
                fault("body", "budgetAlertThresholds", 0, "percent", message="Too large", kind="less_than"),
                fault("query", "limit", message="Too small", kind="greater_than"),
                fault("body", message="Not an object", kind="dict_type"),
            ]
        )
    )
    assert problem.status == 422
    assert problem.errors == (
        ("name", "is required"),
        ("budgetAlertThresholds.0.percent", "Too large"),
        ("limit", "Too small"),
        ("body", "must be an object"),
    )


def test_a_body_that_is_no_json_is_a_bad_request_and_not_a_wrong_field():
    error = RequestValidationError([fault("body", 0, kind="json_invalid", message="Expecting value")])
    problem = problems.from_validation(error)
    assert (problem.status, problem.errors) == (400, ())


@pytest.mark.parametrize(
    ("parameter", "given", "detail"),
    [
        ("key_id", "key_nope", "There is no API key key_nope."),
        ("provider_id", "prv_nope", "There is no provider prv_nope."),
        ("model_id", "mdl_nope", "There is no model mdl_nope."),
        ("request_id", "req_nope", "There is no request req_nope."),
        ("admin_id", "adm_nope", "There is no admin adm_nope."),
        ("key_id", "sk-tg-secret", "There is no API key with that id."),
        ("key_id", "key_" + "x" * 40, "There is no API key with that id."),
    ],
)
def test_an_id_of_another_form_is_one_that_nothing_has(parameter, given, detail):
    error = RequestValidationError(
        [fault("body", "name"), {**fault("path", parameter, kind="string_pattern_mismatch"), "input": given}]
    )
    problem = problems.from_validation(error)
    assert (problem.status, problem.detail, problem.errors) == (404, detail, ())


def test_a_field_that_another_request_has_is_told_of_there():
    faults = [fault("body", name, kind="extra_forbidden") for name in ("budgetLimit", "other")]
    problem = problems.from_validation(
        RequestValidationError(faults), {"budgetLimit": "Change budgets elsewhere."}
    )
    assert problem.errors == (
        ("budgetLimit", "is not a field of this request. Change budgets elsewhere."),
        ("other", "is not a field of this request"),
    )
