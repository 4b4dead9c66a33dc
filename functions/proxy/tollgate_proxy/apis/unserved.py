"""Paths that no route serves, and what to use instead: whoever asks for one learns how it is meant."""

from __future__ import annotations

import re

from tollgate.refusals import Reason, RefusedError

_NO_ROUTE = "Tollgate serves no such route, because nothing could be metered there."
# Routes of the vendors' APIs that their clients try, and what serves the purpose here.
_KNOWN = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (
            r"/v1/responses/compact",
            "Send the whole conversation to POST /v1/responses, or have it compacted there by "
            "`context_management`.",
        ),
        (
            r"/v1/responses/input_tokens",
            "POST /v1/estimate says how many tokens a call may use; POST /v1/messages/count_tokens counts "
            "those of Anthropic's models.",
        ),
        (r"/v1/(completions|engines/.+|complete)", "Use POST /v1/chat/completions or POST /v1/messages."),
        (
            r"/v1/(conversations|assistants|threads)(/.*)?",
            "Use POST /v1/responses, and go on from a response by `previous_response_id`.",
        ),
        (r"/v1/realtime(/.*)?", "Use POST /v1/responses or POST /v1/chat/completions with `stream`."),
        (r"/v1/(messages/)?batches(/.*)?", "Send the calls one by one."),
        (r"/v1/(files|uploads)(/.*)?", "Send what the model is to read within the call."),
        (
            r"/v1/(images|audio|videos|moderations|vector_stores|fine_tuning|containers|evals)(/.*)?",
            _NO_ROUTE,
        ),
    )
)
_BASE_URL = (
    "The base URL ends in /v1 for OpenAI's clients, and without it for Anthropic's, which add /v1 themselves."
)


def refuse_known(method: str, path: str) -> None:
    """Raises `RefusedError` for a path that is a vendor's, yet isn't served."""
    for pattern, instead in _KNOWN:
        if pattern.fullmatch(path):
            raise RefusedError(Reason.UNKNOWN_ROUTE, f"{_unknown(method, path)} {instead}")


def unknown(method: str, path: str) -> RefusedError:
    """The refusal of a path that is nobody's; one that isn't below a single /v1 tells a wrong base URL."""
    is_below = path.startswith("/v1/") and not path.startswith("/v1/v1/")
    hint = "" if is_below else f" {_BASE_URL}"
    return RefusedError(Reason.UNKNOWN_ROUTE, f"{_unknown(method, path)}{hint}")


def websocket() -> RefusedError:
    """The refusal of a client that would like to be served over WebSocket, and has another way then."""
    message = "Responses aren't served over WebSocket. Use POST /v1/responses, with `stream` for events."
    return RefusedError(Reason.UPGRADE_REQUIRED, message)


def _unknown(method: str, path: str) -> str:
    return f"Unknown request URL: {method} {path or '/'}."
