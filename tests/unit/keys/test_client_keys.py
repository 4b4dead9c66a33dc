"""The headers that clients send their keys in."""

from __future__ import annotations

import pytest

from tollgate.keys import api_keys, client_keys
from tollgate.refusals import Reason, RefusedError

KEY = api_keys.issue()


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {KEY.reveal()}"},
        {"authorization": f"bearer  {KEY.reveal()} "},
        {"x-api-key": KEY.reveal()},
        {"api-key": f" {KEY.reveal()}"},
        {"authorization": "Basic dTpw", "api-key": KEY.reveal()},
    ],
)
def test_a_key_is_read_from_each_header_that_an_sdk_sends_it_in(headers):
    assert client_keys.api_key_from(headers) == KEY


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer "}, {"x-api-key": " "}])
def test_a_request_without_a_key_is_told_of_every_such_header(headers):
    with pytest.raises(RefusedError) as refused:
        client_keys.api_key_from(headers)
    assert refused.value.reason is Reason.INVALID_API_KEY
    for name in ("Authorization: Bearer", "`x-api-key`", "`api-key`"):
        assert name in refused.value.message
