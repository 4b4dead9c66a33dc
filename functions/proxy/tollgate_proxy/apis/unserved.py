"""Paths that no route serves, and what to use instead: whoever asks for one learns how it is meant."""

from __future__ import annotations

import re

from tollgate import refusal_http
from tollgate.refusals import Reason, RefusedError

_NO_ROUTE = "Tollgate doesn't serve this route, because it can't meter it."
# Routes of the vendors' APIs that their clients try, and what serves the purpose here.
_KNOWN = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (
            r"/v1/responses/compact",
            "Send the whole conversation to POST /v1/responses, or let it compact the conversation with "
            "`context_management`.",
        ),
        (
            r"/v1/responses/input_tokens",
            "Use POST /v1/estimate for the tokens that a call may use, or POST /v1/messages/count_tokens.",
        ),
        (r"/v1/(completions|engines/.+|complete)", "Use POST /v1/chat/completions or POST /v1/messages."),
        (
            r"/v1/(conversations|assistants|threads)(/.*)?",
            "Use POST /v1/responses, and continue a response with `previous_response_id`.",
        ),
        (r"/v1/realtime(/.*)?", "Use POST /v1/responses or POST /v1/chat/completions with `stream`."),
        (r"/v1/uploads(/.*)?", "Send a batch's file to POST /v1/files in one piece."),
        (
            r"/v1/images/(edits|variations)",
            "Tollgate doesn't serve edits of images. Use POST /v1/images/generations.",
        ),
        (
            r"/v1/(audio|videos|moderations|vector_stores|fine_tuning|containers|evals)(/.*)?",
            _NO_ROUTE,
        ),
    )
)
_BASE_URL = (
    "OpenAI's clients need a base URL that ends in /v1; Anthropic's need one without it, as they add /v1 "
    "themselves."
)


def refuse_known(method: str, path: str) -> None:
    """Raises `RefusedError` for a path that is a vendor's, yet isn't served."""
    for pattern, instead in _KNOWN:
        if pattern.fullmatch(path):
            raise RefusedError(Reason.UNKNOWN_ROUTE, f"{_unknown(method, path)} {instead}")


def unknown(method: str, path: str) -> RefusedError:
    """The refusal of a path that is nobody's; one that isn't below a single /v1 tells a wrong base URL."""
    is_below = path.startswith("/v1/") and not path.startswith("/v1/v1/")
    hint = refusal_http.for_pages(method) or ("" if is_below else f" {_BASE_URL}")
    return RefusedError(Reason.UNKNOWN_ROUTE, f"{_unknown(method, path)}{hint}")


def websocket(path: str) -> RefusedError:
    """The refusal of a client that would like to be served over WebSocket, and has another way then."""
    message = (
        f"Tollgate doesn't serve {path} over WebSocket. Use POST /v1/responses, and set `stream` to get "
        "events."
    )
    return RefusedError(Reason.UPGRADE_REQUIRED, message)


def _unknown(method: str, path: str) -> str:
    return f"Unknown request URL: {method} {path or '/'}."
