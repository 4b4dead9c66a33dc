"""What of a provider's headers goes on to a client.

A client takes an answer's headers for Tollgate's own word: what speaks for the origin, for the connection,
or in Tollgate's name stays here. The rest is bounded, for API Gateway and Lambda take about 10 KB of headers
in all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Bytes of names and values, with four for each header's colon, space and line end.
_MAX_BYTES = 6 * 1024
_FRAME_BYTES = 4
# What clients can't do without. A longer one is no sound one.
_KEPT = ("content-type", "retry-after", "retry-after-ms")
_MAX_KEPT_BYTES = 256

# Letters that a field's name may have, and the ones of its value that pass everywhere (RFC 9110, 5).
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")

_HELD_BACK = frozenset(
    {
        # What belongs to one connection (RFC 9110, 7.6.1), and what no longer fits the body.
        "connection",
        "content-encoding",
        "content-length",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        # What is said by who answers, which is Tollgate, or API Gateway for it.
        "age",
        "allow",
        "alt-used",
        "date",
        "server",
        "via",
        "warning",
        "x-amz-apigw-id",
        "x-amzn-trace-id",
        "x-request-id",
        "x-should-retry",
        # What names the gateway's account at the provider.
        "anthropic-organization-id",
        "anthropic-workspace-id",
        "openai-organization",
        "openai-project",
        # What asks for credentials, sets them, or sends elsewhere.
        "authentication-info",
        "authorization",
        "content-location",
        "cookie",
        "cookie2",
        "location",
        "onion-location",
        "refresh",
        "set-cookie",
        "set-cookie2",
        "www-authenticate",
        "x-accel-redirect",
        "x-lighttpd-send-file",
        "x-sendfile",
        # What speaks for a whole origin, or tells a browser what it may do there.
        "accept-ch",
        "accept-ch-lifetime",
        "activate-storage-access",
        "alt-svc",
        "clear-site-data",
        "content-security-policy",
        "content-security-policy-report-only",
        "critical-ch",
        "document-policy",
        "document-policy-report-only",
        "expect-ct",
        "feature-policy",
        "integrity-policy",
        "integrity-policy-report-only",
        "link",
        "nel",
        "no-vary-search",
        "observe-browsing-topics",
        "origin-agent-cluster",
        "origin-trial",
        "p3p",
        "permissions-policy",
        "permissions-policy-report-only",
        "public-key-pins",
        "public-key-pins-report-only",
        "referrer-policy",
        "report-to",
        "reporting-endpoints",
        "require-document-policy",
        "service-worker-allowed",
        "service-worker-navigation-preload",
        "set-login",
        "sourcemap",
        "speculation-rules",
        "strict-transport-security",
        "supports-loading-mode",
        "timing-allow-origin",
        "tk",
        "x-content-security-policy",
        "x-dns-prefetch-control",
        "x-frame-options",
        "x-permitted-cross-domain-policies",
        "x-sourcemap",
        "x-ua-compatible",
        "x-webkit-csp",
        "x-xss-protection",
    }
)
_HELD_BACK_GROUPS = (
    "access-control-",
    "attribution-reporting-",
    "cross-origin-",
    "proxy-",
    "sec-",
    "x-tollgate-",
)


def forwarded(received: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The headers that a client gets, by their names in lower case; of one that comes again, the last."""
    pairs = [(name.lower(), value) for name, value in received]
    named = {
        option.strip().lower()
        for name, value in pairs
        if name == "connection"
        for option in value.split(",")
        if option.strip().lower() != "content-type"
    }
    sound = {name: value for name, value in pairs if _passes(name, value) and name not in named}
    return _bounded(sound)


def is_sound(name: str, value: str) -> bool:
    """Whether a header is valid for HTTP, by its name in lower case."""
    return bool(_NAME.fullmatch(name) and _VALUE.fullmatch(value))


def _passes(name: str, value: str) -> bool:
    held_back = name in _HELD_BACK or name.startswith(_HELD_BACK_GROUPS)
    if held_back or not is_sound(name, value):
        return False
    return name not in _KEPT or len(value) <= _MAX_KEPT_BYTES


def _bounded(headers: dict[str, str]) -> dict[str, str]:
    """As many as there is room for, the largest left out first, and of equals the last."""
    size = sum(map(_size, headers.items()))
    if size <= _MAX_BYTES:
        return headers
    kept = dict(headers)
    later_first = list(headers.items())[::-1]
    for header in sorted(later_first, key=_size, reverse=True):
        if size <= _MAX_BYTES:
            break
        if header[0] not in _KEPT:
            size -= _size(header)
            del kept[header[0]]
    return kept


def _size(header: tuple[str, str]) -> int:
    return len(header[0]) + len(header[1]) + _FRAME_BYTES
