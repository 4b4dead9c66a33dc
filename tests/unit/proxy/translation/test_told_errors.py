"""What providers' errors tell, in whatever shape."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tollgate_proxy.translation import told_errors
from tollgate_proxy.translation.completion import Failed
from tollgate_proxy.translation.told_errors import ToldError

OPENAI = {"error": {"message": "Bad.", "type": "invalid_request_error", "code": "bad", "param": "n"}}
ANTHROPIC = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
TOO_LONG = {"error": {"message": "Too much.", "code": "context_length_exceeded", "param": None}}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (OPENAI, ToldError("Bad.", "invalid_request_error", "bad", "n")),
        (ANTHROPIC, ToldError("Overloaded", "overloaded_error")),
        (TOO_LONG, ToldError("Too much.", code="context_length_exceeded", is_too_long=True)),
        ([OPENAI], ToldError("Bad.", "invalid_request_error", "bad", "n")),  # Google
        ({"object": "error", "message": "m", "code": 40001}, ToldError("m", code="40001")),  # vLLM of old
        ({"detail": "Not Found"}, ToldError("Not Found")),
        ({"error": "no such model"}, ToldError("no such model")),
        ("Not here.", ToldError("Not here.")),
        ({}, ToldError("")),
        (3, ToldError("")),
    ],
)
def test_an_error_is_read_in_any_shape(body: Any, told: ToldError) -> None:
    assert told_errors.read(json.dumps(body).encode()) == told


@pytest.mark.parametrize(
    ("body", "message"),
    [(b"upstream timed out", "upstream timed out"), (b"<html>502</html>", ""), (b"", ""), (b"x" * 9000, "")],
)
def test_text_is_told_and_a_page_is_not(body: bytes, message: str) -> None:
    assert told_errors.read(body).message == message


def test_a_prompt_is_not_too_long_where_another_status_says_what_it_is() -> None:
    body = json.dumps({"error": {"message": "prompt is too long"}}).encode()
    assert told_errors.read(body, 400).is_too_long
    assert not told_errors.read(body, 429).is_too_long


def test_a_streams_error_is_told_alike() -> None:
    failed = Failed("prompt is too long: 9 tokens", "invalid_request_error")
    assert told_errors.of_stream(failed) == ToldError(failed.message, failed.type, is_too_long=True)


def test_nesting_has_an_end() -> None:
    body = b'{"error":' * 300 + b"1" + b"}" * 300
    assert told_errors.read(body) == ToldError("")
