"""How the two providers differ around an endpoint: authentication, headers and errors."""

from typing import Any, Protocol

from starlette.datastructures import Headers

from infra.mock_provider.provider_faults import ApiError, anthropic_error, openai_error

PROCESSING_MS = 7


class Provider(Protocol):
    def authenticate(self, headers: Headers) -> None:
        """Raises ApiError if the credentials are missing; any credentials will do."""

    def headers(self, request_id: str, delay_ms: int) -> dict[str, str]: ...

    def error_body(self, error: ApiError, request_id: str) -> dict[str, Any]: ...


class OpenAI:
    def authenticate(self, headers: Headers) -> None:
        if not _bearer_token(headers):
            raise ApiError(401, "You didn't provide an API key. Use Authorization: Bearer YOUR_KEY.")

    def headers(self, request_id: str, delay_ms: int) -> dict[str, str]:
        return {
            "x-request-id": request_id,
            "openai-processing-ms": str(PROCESSING_MS + delay_ms),
            "openai-version": "2020-10-01",
            "openai-organization": "mock-org",
            "x-ratelimit-limit-requests": "10000",
            "x-ratelimit-remaining-requests": "9999",
            "x-ratelimit-reset-requests": "6ms",
            "x-ratelimit-limit-tokens": "2000000",
            "x-ratelimit-remaining-tokens": "1999000",
            "x-ratelimit-reset-tokens": "30ms",
        }

    def error_body(self, error: ApiError, request_id: str) -> dict[str, Any]:  # noqa: ARG002 -- only in the header
        return openai_error(error)


class Anthropic:
    def authenticate(self, headers: Headers) -> None:
        # The official SDK sends its key as a bearer token, other clients send x-api-key.
        if not (headers.get("x-api-key", "").strip() or _bearer_token(headers)):
            raise ApiError(401, "x-api-key: header is required")
        if not headers.get("anthropic-version", "").strip():
            raise ApiError(401, "anthropic-version: header is required")

    def headers(self, request_id: str, delay_ms: int) -> dict[str, str]:  # noqa: ARG002 -- not reported
        return {
            "request-id": request_id,
            "anthropic-organization-id": "00000000-0000-4000-8000-000000000000",
            "anthropic-ratelimit-requests-limit": "4000",
            "anthropic-ratelimit-requests-remaining": "3999",
            "anthropic-ratelimit-requests-reset": "2025-01-01T00:00:01Z",
            "anthropic-ratelimit-input-tokens-limit": "400000",
            "anthropic-ratelimit-input-tokens-remaining": "399000",
            "anthropic-ratelimit-input-tokens-reset": "2025-01-01T00:00:01Z",
        }

    def error_body(self, error: ApiError, request_id: str) -> dict[str, Any]:
        return {**anthropic_error(error), "request_id": request_id}


def _bearer_token(headers: Headers) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
