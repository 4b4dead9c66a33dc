"""Why a request is refused. `tollgate.refusal_http` says what each is in HTTP."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal


class Reason(StrEnum):
    INVALID_API_KEY = "invalid_api_key"
    KEY_EXPIRED = "key_expired"
    KEY_REVOKED = "key_revoked"
    MODEL_NOT_ALLOWED = "model_not_allowed"
    MODEL_NOT_FOUND = "model_not_found"
    MODEL_NOT_PRICED = "model_not_priced"
    TIER_NOT_PRICED = "tier_not_priced"
    TOOL_NOT_PRICED = "tool_not_priced"
    MODEL_WRONG_TYPE = "model_wrong_type"
    MODEL_WRONG_PROVIDER = "model_wrong_provider"
    MISSING_MODEL = "missing_model"
    INVALID_JSON = "invalid_json"
    UNKNOWN_MEMBER = "unknown_member"
    INVALID_PARAMETER = "invalid_parameter"
    UNTRANSLATABLE = "untranslatable"
    THREAD_UNSUPPORTED = "thread_unsupported_request"
    UNKNOWN_ROUTE = "unknown_route"
    UPGRADE_REQUIRED = "upgrade_required"
    UNSUPPORTED_ENCODING = "unsupported_encoding"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    REQUEST_TOO_LARGE = "request_too_large"
    RESPONSE_NOT_FOUND = "response_not_found"
    FILE_NOT_FOUND = "file_not_found"
    BATCH_NOT_FOUND = "batch_not_found"
    BATCH_NOT_SETTLED = "batch_not_settled"
    BATCH_UNCONFIRMED = "batch_unconfirmed"
    PREVIOUS_RESPONSE_NOT_FOUND = "previous_response_not_found"
    IDEMPOTENCY_KEY_IN_USE = "idempotency_key_in_use"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    IDEMPOTENT_ANSWER_NOT_KEPT = "idempotent_answer_not_kept"
    BUDGET_EXHAUSTED = "budget_exhausted"
    QUOTA_EXHAUSTED = "quota_exhausted"
    PARENT_BUDGET_EXHAUSTED = "parent_budget_exhausted"
    REQUEST_EXCEEDS_BUDGET = "request_exceeds_budget"
    DOWNGRADE_REQUIRED = "downgrade_required"
    BUDGET_HELD = "budget_held"
    BUDGET_RESERVED = "budget_reserved"
    RATE_LIMIT_EXCEEDED = "rate_limit_exceeded"
    REQUEST_EXCEEDS_RATE_LIMIT = "request_exceeds_rate_limit"
    TOO_MANY_PARALLEL_REQUESTS = "too_many_parallel_requests"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    PROVIDER_AUTHENTICATION = "provider_authentication"
    PROVIDER_TIMEOUT = "provider_timeout"
    ALL_PROVIDERS_FAILED = "all_providers_failed"
    RESPONSE_TOO_LARGE = "response_too_large"
    INTERNAL_ERROR = "internal_error"
    KEY_NOT_FOUND = "key_not_found"
    BUDGET_REQUEST_NOT_FOUND = "budget_request_not_found"
    KEY_MANAGEMENT_NOT_ALLOWED = "key_management_not_allowed"
    CONFLICT = "conflict"
    PRECONDITION_FAILED = "precondition_failed"


@dataclass(frozen=True, slots=True)
class Shortage:
    """The limit that a request meets, as it stood at that moment. Amounts are USD.

    `window` is `total` for the one-time budget, otherwise the quota's period. `allowance` is what may be
    spent of it: the limit, for a quota with what was carried over. `cost` is the least that the request
    would hold, None where holds don't matter. `may_be_raised` says that it is a limit of the request's own
    key, whose holder may ask for a higher one. `phase` is out of what the scope pays, None for one that has
    neither packs nor hybrid billing. `packs` is what is left of packs besides, and `overage` how much may be
    metered beyond the allowance, None for nothing.
    """

    scope: str
    window: str
    limit: Decimal
    allowance: Decimal
    used: Decimal
    held: Decimal
    cost: Decimal | None
    resets_at: datetime | None
    may_be_raised: bool = False
    phase: str | None = None
    packs: Decimal | None = None
    overage: Decimal | None = None


# How the holder of a key asks for a higher limit.
ASK_FOR_INCREASE = {"method": "POST", "path": "/v1/budget-requests"}
# A budget that is used up: the refusals whose HTTP status a deployment, or a key, may choose, if no time
# will help.
BUDGET_REFUSALS = frozenset(
    {
        Reason.BUDGET_EXHAUSTED,
        Reason.QUOTA_EXHAUSTED,
        Reason.PARENT_BUDGET_EXHAUSTED,
        Reason.REQUEST_EXCEEDS_BUDGET,
        Reason.BUDGET_RESERVED,
        Reason.DOWNGRADE_REQUIRED,
    }
)
# What more money would let in.
MONEY_REFUSALS = BUDGET_REFUSALS - {Reason.BUDGET_RESERVED}
# What a request may be refused for although nothing is wrong with it: money, rates and calls in parallel.
SHORTAGES = BUDGET_REFUSALS | {
    Reason.BUDGET_HELD,
    Reason.RATE_LIMIT_EXCEEDED,
    Reason.REQUEST_EXCEEDS_RATE_LIMIT,
    Reason.TOO_MANY_PARALLEL_REQUESTS,
}


class RefusedError(Exception):
    """A request that Tollgate itself answers with an error.

    `param` names the request's field that is wrong. `retry_after` is seconds until another try makes
    sense, None if none does. `budget_status` is the HTTP status that a budget's refusal is to have, None
    until somebody has chosen. `is_by_open_requests` says that it would be let in but for what requests in
    progress hold, `priority` that a request of higher priority than this would be.
    """

    budget_status: int | None = None
    priority: str | None = None
    is_by_open_requests: bool = False

    def __init__(
        self,
        reason: Reason,
        message: str,
        *,
        param: str | None = None,
        shortage: Shortage | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.param = param
        self.shortage = shortage
        self.retry_after = retry_after

    @property
    def is_never_admissible(self) -> bool:
        """Whether the request alone asks for more than a limit is as a whole, so that no time will help."""
        if self.reason is Reason.REQUEST_EXCEEDS_RATE_LIMIT:
            return True
        short = self.shortage
        if self.reason is not Reason.REQUEST_EXCEEDS_BUDGET or short is None or short.cost is None:
            return False
        return short.cost > short.allowance
