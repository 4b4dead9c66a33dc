"""GET /v1/models and /v1/models/{id}. Other endpoints take any model, listed or not."""

from typing import Any

from infra.mock_provider.call import CREATED, Call
from infra.mock_provider.provider_faults import ApiError
from infra.mock_provider.reply import Answer

OPENAI_MODELS = (
    "gpt-5.5",
    "gpt-5.4-mini",
    "gpt-4o-mini",
    "text-embedding-3-small",
    "text-embedding-3-large",
)
ANTHROPIC_MODELS = {"claude-opus-5": "Claude Opus 5", "claude-sonnet-5": "Claude Sonnet 5"}


def list_openai_models(_call: Call) -> Answer:
    return Answer({"object": "list", "data": [_openai_model(model) for model in OPENAI_MODELS]})


def retrieve_openai_model(call: Call) -> Answer:
    if call.target not in OPENAI_MODELS:
        message = f"The model '{call.target}' does not exist"
        raise ApiError(404, message, param="model", code="model_not_found")
    return Answer(_openai_model(call.target))


def list_anthropic_models(_call: Call) -> Answer:
    listed = [_anthropic_model(model) for model in ANTHROPIC_MODELS]
    return Answer(
        {"data": listed, "has_more": False, "first_id": listed[0]["id"], "last_id": listed[-1]["id"]}
    )


def retrieve_anthropic_model(call: Call) -> Answer:
    if call.target not in ANTHROPIC_MODELS:
        raise ApiError(404, f"model: {call.target}")
    return Answer(_anthropic_model(call.target))


def _openai_model(model: str) -> dict[str, Any]:
    return {"id": model, "object": "model", "created": CREATED, "owned_by": "system"}


def _anthropic_model(model: str) -> dict[str, Any]:
    return {
        "type": "model",
        "id": model,
        "display_name": ANTHROPIC_MODELS[model],
        "created_at": "2025-01-01T00:00:00Z",
        "lifecycle": "active",
    }
