"""What OpenTelemetry's conventions for generative AI call the parts of a usage record.

Version 0.1.0 of the conventions:
https://github.com/open-telemetry/semantic-conventions-genai/blob/v0.1.0/docs/gen-ai/client-inference.md
What they have no name for begins with `tollgate.`, but for `gen_ai.usage.cost`, in USD, which receivers read
although it isn't among the conventions. Prompts and completions are in no record, and so in nothing here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.ledger.records import Outcome, RecordKind
from tollgate.pricing.usage import TokenClass, UsageSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.ledger.records import FailedAttempt, LedgerRecord
    from tollgate.pricing.usage import Usage
    from tollgate_telemetry.otlp.otlp_json import AttributeValue
    from tollgate_telemetry.signals.known_providers import KnownProvider

    Attributes = dict[str, AttributeValue | None]

OPERATIONS: Mapping[RecordKind, str] = {
    RecordKind.COMPLETION: "chat",
    RecordKind.EMBEDDING: "embeddings",
    RecordKind.IMAGE: "generate_content",
    RecordKind.BATCH: "batch",
}
_FIRST_ERROR = 400
_CACHE_WRITES = (TokenClass.CACHE_WRITE, TokenClass.CACHE_WRITE_1H)
# Parts of the input and of the output, which are named where there are any.
_PARTS: Mapping[str, tuple[TokenClass, ...]] = {
    "gen_ai.usage.cache_read.input_tokens": (TokenClass.CACHED_INPUT,),
    "gen_ai.usage.cache_write.input_tokens": _CACHE_WRITES,
    "gen_ai.usage.audio.input_tokens": (TokenClass.INPUT_AUDIO,),
    "gen_ai.usage.image.input_tokens": (TokenClass.INPUT_IMAGE,),
    "gen_ai.usage.reasoning.output_tokens": (TokenClass.REASONING,),
    "gen_ai.usage.audio.output_tokens": (TokenClass.OUTPUT_AUDIO,),
    "gen_ai.usage.image.output_tokens": (TokenClass.OUTPUT_IMAGE,),
}


def of_call(record: LedgerRecord) -> Attributes:
    """Of what was asked for and came of it, whoever served it."""
    return {
        "gen_ai.operation.name": OPERATIONS[record.kind],
        "gen_ai.request.model": record.model,
        "gen_ai.request.stream": True if record.streamed else None,
        "gen_ai.output.type": "image" if record.kind is RecordKind.IMAGE else None,
        "gen_ai.response.model": record.remote_model,
        "gen_ai.conversation.id": record.session_id,
        "session.id": record.session_id,
        **of_usage(record.usage),
        "http.response.status_code": record.http_status,
        "error.type": error_type(record),
    }


def of_ledger(record: LedgerRecord) -> Attributes:
    """What only Tollgate knows: who pays how much, under which ids. Ids of keys are no secrets."""
    return {
        "tollgate.request.id": record.request_id,
        "tollgate.key.id": record.key_id,
        "tollgate.key.scopes": record.scopes,
        "tollgate.outcome": record.outcome.value,
        "tollgate.provider.id": record.provider_id,
        "tollgate.provider.request_id": record.provider_request_id,
        "tollgate.cost_usd": float(record.calculated_cost),
        "tollgate.provider_cost_usd": float(record.cost_at_provider),
        "tollgate.price_version": record.price_version,
        "tollgate.billing_mode": record.billing_mode.value if record.billing_mode else None,
        "tollgate.cost_centre": record.cost_centre,
        "tollgate.exceeds_hold": record.exceeds_hold or None,
        "tollgate.downgraded_from": record.downgraded_from,
        "tollgate.fallback.from": record.fallback_from,
        "tollgate.fallback.reason": record.fallback_reason,
        **{f"tollgate.tag.{name}": value for name, value in record.tags.items()},
    }


def of_provider(provider: KnownProvider) -> Attributes:
    return {
        "gen_ai.provider.name": provider.name,
        "server.address": provider.address,
        "server.port": provider.port if provider.address else None,
    }


def of_usage(usage: Usage) -> Attributes:
    tokens = usage.tokens
    counts = {name: sum(tokens.get(each, 0) for each in classes) for name, classes in _PARTS.items()}
    return {
        "gen_ai.usage.input_tokens": usage.prompt_tokens,
        "gen_ai.usage.output_tokens": usage.completion_tokens,
        **{name: count for name, count in counts.items() if count},
        "tollgate.usage.estimated": True if usage.source is UsageSource.ESTIMATED else None,
        "tollgate.service_tier": usage.service_tier,
    }


def error_type(record: LedgerRecord) -> str | None:
    """None of a call that succeeded; else the provider's status, or what became of the call."""
    if record.outcome is Outcome.SUCCEEDED:
        return None
    if record.outcome is Outcome.ABANDONED:
        return "abandoned"
    if record.http_status is None:
        return "no_answer"
    return str(record.http_status) if record.http_status >= _FIRST_ERROR else "broken_off"


def error_type_of(attempt: FailedAttempt) -> str:
    """The provider's status where that was the fault, else the fault."""
    if attempt.fault == "status" and attempt.http_status is not None:
        return str(attempt.http_status)
    return attempt.fault
