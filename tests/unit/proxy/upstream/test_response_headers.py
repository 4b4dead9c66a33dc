"""A provider's headers say something of its answer, and nothing in the name of who passes it on."""

from __future__ import annotations

import pytest

from tollgate_proxy.upstream import response_headers


def names(*pairs):
    return list(response_headers.forwarded(pairs))


def test_what_says_something_of_the_answer_passes():
    received = [
        ("Content-Type", "application/json"),
        ("Retry-After", "7"),
        ("X-RateLimit-Remaining-Requests", "0"),
        ("OpenAI-Processing-Ms", "12"),
        ("OpenAI-Version", "2020-10-01"),
        ("Anthropic-RateLimit-Tokens-Remaining", "80000"),
        ("Request-Id", "req_1"),
        ("Cache-Control", "no-cache"),
    ]
    assert response_headers.forwarded(received) == {name.lower(): value for name, value in received}


@pytest.mark.parametrize(
    "name",
    [
        "OpenAI-Organization",
        "OpenAI-Project",
        "Anthropic-Organization-Id",
        "Anthropic-Workspace-Id",
        "X-Tollgate-Cost-USD",
        "x-tollgate-anything",
        "X-Should-Retry",
        "X-Request-Id",
        "Access-Control-Allow-Origin",
        "Access-Control-Anything",
        "Clear-Site-Data",
        "Strict-Transport-Security",
        "Alt-Svc",
        "Content-Security-Policy",
        "Content-Security-Policy-Report-Only",
        "Cross-Origin-Opener-Policy",
        "Cross-Origin-Resource-Policy",
        "Set-Cookie",
        "Set-Cookie2",
        "Cookie",
        "Location",
        "Content-Location",
        "Refresh",
        "WWW-Authenticate",
        "Proxy-Authenticate",
        "Proxy-Anything",
        "NEL",
        "Report-To",
        "Reporting-Endpoints",
        "Public-Key-Pins",
        "Expect-CT",
        "Permissions-Policy",
        "Feature-Policy",
        "Referrer-Policy",
        "X-Frame-Options",
        "X-XSS-Protection",
        "Origin-Agent-Cluster",
        "Origin-Trial",
        "Accept-CH",
        "Critical-CH",
        "Link",
        "SourceMap",
        "Service-Worker-Allowed",
        "Speculation-Rules",
        "Timing-Allow-Origin",
        "X-Accel-Redirect",
        "Content-Length",
        "Content-Encoding",
        "Transfer-Encoding",
        "Connection",
        "Keep-Alive",
        "Upgrade",
        "TE",
        "Trailer",
        "Server",
        "Date",
    ],
)
def test_what_speaks_for_tollgate_its_origin_or_the_connection_stays(name):
    assert names((name, "x"), ("x-other", "1")) == ["x-other"]


def test_what_the_connection_names_is_the_connections():
    pairs = [
        ("Connection", "close, X-Hop"),
        ("connection", "x-skip"),
        ("X-Hop", "1"),
        ("X-Skip", "1"),
        ("x-a", "1"),
    ]
    assert names(*pairs) == ["x-a"]


def test_a_connection_can_not_take_away_what_the_body_is():
    assert names(("Connection", "Content-Type"), ("Content-Type", "application/json")) == ["content-type"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("", "1"),
        ("x a", "1"),
        ("x(a)", "1"),
        ("räume", "1"),
        ("x:a", "1"),
        ("x-a", "1\r\nx-tollgate-cost-usd: 0"),
        ("x-a", "1\n2"),
        ("x-a", "\x00"),
        ("x-a", "\x7f"),
        ("x-a", "räume"),
    ],
)
def test_what_is_not_valid_in_http_is_left_out(name, value):
    assert names((name, value), ("x-other", "1")) == ["x-other"]


def size(headers):
    return sum(len(name) + len(value) + 4 for name, value in headers.items())


def test_of_too_much_the_largest_is_left_out_first():
    large, small = [("x-large", "1" * 6000)], [(f"x-{number}", "1" * 50) for number in range(50)]
    assert names(*small[:25], *large, *small[25:]) == [name for name, _ in small]


def test_of_equals_the_last_are_left_out_first():
    pairs = [(f"x-{number:04}", "1" * 50) for number in range(500)]
    kept = response_headers.forwarded(pairs)
    assert list(kept) == [name for name, _ in pairs[: len(kept)]]
    assert 6 * 1024 - 60 < size(kept) <= 6 * 1024


def test_what_a_client_needs_is_never_left_out_for_its_size():
    needed = [
        ("content-type", "application/json; charset=" + "u" * 200),
        ("retry-after", "7"),
        ("retry-after-ms", "7"),
    ]
    pairs = [(f"x-{number:04}", "1") for number in range(5000)]
    kept = response_headers.forwarded([*pairs, *needed])
    assert set(dict(needed)) < set(kept)
    assert size(kept) <= 6 * 1024


def test_a_needed_header_of_no_sound_size_is_left_out():
    assert names(("retry-after", "7" * 7000), ("content-type", "a" * 7000)) == []


def test_of_a_header_that_comes_twice_the_last_counts():
    assert response_headers.forwarded([("X-A", "1"), ("x-a", "2")]) == {"x-a": "2"}
