"""POST /v1/estimate as the proxy serves it, for the document: the proxy goes without pydantic."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Literal

from tollgate.ledger.scopes import Enforcement
from tollgate_admin.documents import openapi
from tollgate_admin.documents.described_api import Place
from tollgate_admin.self_service.error_views import ErrorView
from tollgate_admin.web.wire_types import Moment, Usd, View


class EstimateRefusal(ErrorView):
    """What the call would be answered at this moment; `retryAfter` is in seconds."""

    status: int
    retry_after: float | None


class EstimateBudget(View):
    """How a budget stands, and what remains of it if the call costs as much as it can."""

    window: str
    limit: Usd
    allowance: Usd
    used: Usd
    held: Usd
    packs: Usd
    remaining: Usd
    remaining_after: Usd
    enforcement: Enforcement
    resets_at: Moment | None


class Estimate(View):
    """What a call would cost at most, and whether it would be let through.

    `maxCost` is what it would hold. Without `outputLimited` an answer can be longer than `outputTokens`.
    `downgradedFrom` is the model that was asked for, if another one would serve the call; `phase` is out of
    what it would be paid, null without packs and hybrid billing.
    """

    object: Literal["estimate"]
    endpoint: str
    model: str
    downgraded_from: str | None
    max_cost: Usd
    input_tokens: int
    output_tokens: int
    output_limited: bool
    price_versions: list[str]
    admitted: bool
    refusal: EstimateRefusal | None
    phase: str | None
    budgets: list[EstimateBudget]


_ENDPOINTS = ("/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/embeddings")
_FAULTS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
)


def operations(place: Place) -> dict[str, dict[str, Any]]:
    """Operations by path and method."""
    answer = {"schema": place(Estimate, "serialization")}
    body = {
        "schema": {"type": "object", "additionalProperties": True, "description": "The body of the call."}
    }
    return {
        "/estimate": {
            "post": {
                "operationId": "estimateCost",
                "tags": ["usage"],
                "summary": "Say what a call would cost, and whether it would be let through",
                "description": "Without `endpoint` the model and the body decide which call it is.",
                "parameters": [
                    {
                        "name": "endpoint",
                        "in": "query",
                        "required": False,
                        "schema": {"type": "string", "enum": list(_ENDPOINTS)},
                    }
                ],
                "requestBody": {"required": True, "content": {"application/json": body}},
                "responses": {
                    "200": {"description": "OK", "content": {"application/json": answer}},
                    **{str(each.value): openapi.referred(each) for each in _FAULTS},
                },
            }
        }
    }
