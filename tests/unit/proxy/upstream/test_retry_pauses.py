"""A provider's wish to be left alone is understood however it is written."""

from __future__ import annotations

import json

import pytest

from tollgate_proxy.upstream import retry_pauses

# Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110.
NOW = 784_111_777.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "Sun, 06 Nov 1994 08:50:37 GMT"}, 60),
        ({"retry-after": "Sunday, 06-Nov-94 08:50:37 GMT"}, 60),
        ({"retry-after": "Sun Nov  6 08:50:37 1994"}, 60),
        ({"retry-after": "Sun, 06 Nov 1994 09:50:37 +0100"}, 60),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "7"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7),
        ({"retry-after-ms": "0", "retry-after": "7"}, 7),
    ],
)
def test_as_a_number_of_seconds_or_milliseconds_or_as_a_date(headers, seconds):
    assert retry_pauses.retry_after(headers, NOW) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "-1",
        "nan",
        "soon",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sat, 05 Nov 1994 08:49:37 GMT",
        "Sun, 99 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 99999999 08:49:37 GMT",
        "Wed, 21 Oct",
    ],
)
def test_what_lies_behind_or_makes_no_sense_is_no_pause(text):
    assert retry_pauses.retry_after({"retry-after": text, "retry-after-ms": text}, NOW) is None


def google(*details, code=429):
    return {
        "error": {"code": code, "status": "RESOURCE_EXHAUSTED", "message": "Quota.", "details": [*details]}
    }


RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo"}


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (google({**RETRY_INFO, "retryDelay": "34s"}), 34),
        (google({**RETRY_INFO, "retryDelay": "45.837906927s"}), 45.837906927),
        ([google({"links": []}, {**RETRY_INFO, "retryDelay": "34s"})], 34),
        (google({**RETRY_INFO, "retry_delay": {"seconds": 34, "nanos": 500_000_000}}), 34.5),
        (google({**RETRY_INFO, "retryDelay": "120ms"}), 0.12),
        ({"error": {"retry_after": 7}}, 7),
        ({"error": {"message": "Busy.", "retryAfterMs": 1500}}, 1.5),
        ({"error": {"metadata": {"headers": {"Retry-After": "7"}}}}, 7),
        ({"error": {"type": "usage_limit_reached", "resets_in_seconds": 90}}, 90),
        ({"retry_after": 7, "error": {"retry_after_seconds": 9}}, 9),
    ],
)
def test_an_error_may_tell_a_pause_in_its_body(body, seconds):
    assert retry_pauses.seconds_in_body(json.dumps(body).encode()) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "told",
    [
        *(None, True, 0, -1, "", "soon", "-3s", "34 years", "1e9s", "٣s", [], [7], {}),
        *({"seconds": {"seconds": 3}}, 10**400, 1e300, 90_000_000, float("nan"), float("inf"), "9" * 5000),
    ],
    ids=repr,
)
def test_what_makes_no_sense_in_a_body_is_no_pause(told):
    assert (
        retry_pauses.seconds_in_body(json.dumps(google({**RETRY_INFO, "retryDelay": told})).encode()) is None
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[" * 5000,
        b'{"retry_after": 7}' + b" " * 9000,
    ],
)
def test_a_body_that_is_no_short_error_tells_no_pause(body):
    assert retry_pauses.seconds_in_body(body) is None


def test_an_error_as_deep_as_can_be_is_looked_at_without_end_of_the_stack():
    deep = b'{"seconds":' * 700 + b"3" + b"}" * 700
    assert retry_pauses.seconds_in_body(b'{"retryDelay":' + deep + b"}") is None
