"""Providers' errors as clients of OpenAI's responses know them."""

from __future__ import annotations

import pytest

from tollgate_proxy.translation.responses.responses_errors import write_error
from tollgate_proxy.translation.told_errors import ToldError, read


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "invalid_request_error"),
        (403, "permission_error"),
        (404, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "server_error"),
        (529, "server_error"),
    ],
)
def test_an_error_has_openais_type_for_its_status(status: int, kind: str) -> None:
    told = ToldError("Not so", "their_type", "their_code", "input")
    assert write_error(status, told) == {
        "error": {"message": "Not so", "type": kind, "param": "input", "code": "their_code"}
    }


def test_a_prompt_that_is_too_long_is_one_to_openais_clients() -> None:
    body = b'{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 > 8"}}'
    assert write_error(400, read(body))["error"]["code"] == "context_length_exceeded"


def test_an_error_without_a_word_says_its_status() -> None:
    assert "503" in write_error(503, read(b""))["error"]["message"]
