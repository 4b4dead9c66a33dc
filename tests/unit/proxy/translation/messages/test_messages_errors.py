from __future__ import annotations

from typing import get_args

import pytest
from anthropic.types import ErrorResponse
from anthropic.types.shared import error_type

from tollgate_proxy.translation.messages.messages_errors import write_error, write_failure
from tollgate_proxy.translation.told_errors import ToldError

_TOLD = ToldError("No such thing", "invalid_request_error", "unsupported_value", "tools")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (413, "request_too_large"),
        (422, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (502, "api_error"),
        (503, "overloaded_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
    ],
)
def test_an_error_has_the_type_that_its_status_has(status: int, kind: str) -> None:
    written = write_error(status, _TOLD)
    assert written == {"type": "error", "error": {"type": kind, "message": "No such thing"}}
    if kind in get_args(error_type.ErrorType):
        ErrorResponse.model_validate({**written, "request_id": None})


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("This model's maximum context length is 9 tokens.", "prompt is too long: This model's maximum"),
        ("prompt is too long: 9 tokens > 5 maximum", "prompt is too long: 9 tokens"),
        ("", "prompt is too long: The provider answered with 413."),
    ],
)
def test_a_prompt_that_is_too_long_is_told_as_clients_know_it(message: str, told: str) -> None:
    error = write_error(413, ToldError(message, is_too_long=True))["error"]
    assert error["message"].startswith(told)
    assert error["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (ToldError("a", "overloaded_error"), "overloaded_error"),
        (ToldError("a", None, "rate_limit_exceeded"), "rate_limit_error"),
        (ToldError("a", "server_error"), "api_error"),
        (ToldError("a", "invalid_request_error"), "invalid_request_error"),
        (ToldError("a", code="context_length_exceeded", is_too_long=True), "invalid_request_error"),
        (ToldError(""), "api_error"),
    ],
)
def test_what_a_stream_failed_of_is_told(told: ToldError, kind: str) -> None:
    error = write_failure(told)["error"]
    assert error["type"] == kind
    assert error["message"]
