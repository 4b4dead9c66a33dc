"""What a browser is told not to do with the console, whatever a page asks of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Of features, the console uses the clipboard alone: to copy a secret that is shown once.
_UNUSED: Final = (
    "accelerometer",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "usb",
)
# A source that means one origin, and ends no directive: https://www.w3.org/TR/CSP3/#framework-directive-source-list
_ORIGIN: Final = re.compile(r"(https?://[a-z0-9.-]+(?::[0-9]+)?)(?:/.*)?", re.ASCII | re.IGNORECASE)


def security_headers(asked: Iterable[str] = ()) -> Mapping[str, str]:
    """The headers of every answer. `asked` are URLs whose origins a page may call, besides its own.

    What has none that a policy could name lets a page call nothing.
    """
    origins = dict.fromkeys(found[1] for found in map(_ORIGIN.fullmatch, asked) if found)
    policy = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        " ".join(("connect-src 'self'", *origins)),
        "base-uri 'self'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "content-security-policy": "; ".join(policy),
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": ", ".join((*(f"{each}=()" for each in _UNUSED), "clipboard-write=(self)")),
        "referrer-policy": "no-referrer",
        "strict-transport-security": "max-age=31536000",
        "x-content-type-options": "nosniff",
    }
