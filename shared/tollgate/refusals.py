"""Why a request is refused. The proxy turns each into HTTP in one place."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tollgate.scopes import Scope


class Reason(StrEnum):
    INVALID_API_KEY = "invalid_api_key"
    KEY_EXPIRED = "key_expired"
    KEY_REVOKED = "key_revoked"
    MODEL_NOT_ALLOWED = "model_not_allowed"
    MODEL_NOT_FOUND = "model_not_found"
    MODEL_NOT_PRICED = "model_not_priced"
    MODEL_WRONG_TYPE = "model_wrong_type"
    MODEL_WRONG_PROVIDER = "model_wrong_provider"
    MISSING_MODEL = "missing_model"
    INVALID_JSON = "invalid_json"
    INVALID_PARAMETER = "invalid_parameter"
    UNKNOWN_ROUTE = "unknown_route"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    REQUEST_TOO_LARGE = "request_too_large"
    BUDGET_EXHAUSTED = "budget_exhausted"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    PROVIDER_TIMEOUT = "provider_timeout"
    RESPONSE_TOO_LARGE = "response_too_large"
    INTERNAL_ERROR = "internal_error"


class RefusedError(Exception):
    """A request that Tollgate itself answers with an error.

    `param` names the request's field that is wrong. `scope` is the key or parent whose budget
    refused the request, as it stood at that moment.
    """

    def __init__(
        self, reason: Reason, message: str, *, param: str | None = None, scope: Scope | None = None
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.param = param
        self.scope = scope
