"""Errors in each provider's own shape."""

from dataclasses import dataclass
from typing import Any

SERVER_ERROR = 500


class ApiError(Exception):
    """A request answered with an error; without a message a simulated one, worded as the provider does."""

    def __init__(
        self, status: int, message: str | None = None, *, param: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message or f"status {status}")
        self.status = status
        self.message = message
        self.param = param
        self.code = code


@dataclass(frozen=True)
class ErrorKind:
    type: str
    code: str | None
    message: str


OPENAI_BY_STATUS = {
    400: ErrorKind("invalid_request_error", None, "Invalid request."),
    401: ErrorKind("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    403: ErrorKind("request_forbidden", "unsupported_country_region_territory", "Country not supported."),
    404: ErrorKind(
        "invalid_request_error", "model_not_found", "The model does not exist or you have no access to it."
    ),
    408: ErrorKind("server_error", "timeout", "Request timed out."),
    409: ErrorKind("invalid_request_error", "conflict", "Another request is in progress."),
    413: ErrorKind("invalid_request_error", "request_too_large", "The request is too large."),
    422: ErrorKind("invalid_request_error", "unprocessable_entity", "Unable to process the request."),
    429: ErrorKind("tokens", "rate_limit_exceeded", "Rate limit reached. Please try again later."),
    500: ErrorKind("server_error", None, "The server had an error while processing your request."),
    502: ErrorKind("server_error", "bad_gateway", "Bad gateway."),
    503: ErrorKind("server_error", "server_overloaded", "The engine is currently overloaded."),
    504: ErrorKind("server_error", "timeout", "The server timed out."),
}
OPENAI_BY_CODE = {
    "insufficient_quota": ErrorKind(
        "insufficient_quota", "insufficient_quota", "You exceeded your current quota, please check your plan."
    ),
    "context_length_exceeded": ErrorKind(
        "invalid_request_error", "context_length_exceeded", "The model's maximum context length is exceeded."
    ),
}
ANTHROPIC_BY_STATUS = {
    400: ErrorKind("invalid_request_error", None, "Invalid request."),
    401: ErrorKind("authentication_error", None, "invalid x-api-key"),
    402: ErrorKind("billing_error", None, "Your credit balance is too low."),
    403: ErrorKind("permission_error", None, "Your API key may not use this resource."),
    404: ErrorKind("not_found_error", None, "Not found"),
    413: ErrorKind("request_too_large", None, "Request exceeds the maximum size"),
    429: ErrorKind("rate_limit_error", None, "This request would exceed your rate limit."),
    500: ErrorKind("api_error", None, "Internal server error"),
    504: ErrorKind("timeout_error", None, "Request timed out"),
    529: ErrorKind("overloaded_error", None, "Overloaded"),
}


def openai_error(error: ApiError) -> dict[str, Any]:
    kind = OPENAI_BY_CODE.get(error.code or "") or _by_status(OPENAI_BY_STATUS, error.status)
    simulated_code = kind.code if error.message is None else None
    return {
        "error": {
            "message": error.message or kind.message,
            "type": kind.type,
            "param": error.param,
            "code": error.code or simulated_code,
        }
    }


def anthropic_error(error: ApiError) -> dict[str, Any]:
    """Anthropic has no codes: the error's type says what a code would, so a code takes its place."""
    kind = _by_status(ANTHROPIC_BY_STATUS, error.status)
    return {
        "type": "error",
        "error": {"type": error.code or kind.type, "message": error.message or kind.message},
    }


def _by_status(kinds: dict[int, ErrorKind], status: int) -> ErrorKind:
    default = kinds[SERVER_ERROR if status >= SERVER_ERROR else 400]
    return kinds.get(status, default)
