"""What a call adds to which metric: those of OpenTelemetry's conventions, and costs, which they don't have.

https://github.com/open-telemetry/semantic-conventions-genai/blob/v0.1.0/docs/gen-ai/client-inference.md#metrics
No metric has a key, an owner or a tag as an attribute: each combination of attributes is a series, which is
kept and paid for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tollgate.ledger.records import Outcome, RecordKind
from tollgate.pricing.usage import TokenClass
from tollgate_telemetry.signals import call_attributes, known_providers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

    from tollgate.ledger.records import LedgerRecord
    from tollgate_telemetry.signals.known_providers import KnownProvider

    Labels = tuple[tuple[str, str | bool], ...]

_SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
_TOKENS = tuple(4.0**power for power in range(14))


class Instrument(NamedTuple):
    """A counter or, with `bounds`, a histogram: the upper ends of all buckets but the last."""

    name: str
    unit: str
    description: str
    bounds: tuple[float, ...] = ()


class Measurement(NamedTuple):
    """`labels` are the attributes, sorted by name; `value` is in the instrument's unit."""

    instrument: Instrument
    labels: Labels
    value: int | float | Decimal


REQUESTS = Instrument("tollgate.requests", "{request}", "Requests that were admitted and are over.")
COST = Instrument("tollgate.cost", "{USD}", "What requests were charged.")
DURATION = Instrument(
    "gen_ai.client.inference.duration", "s", "How long inference operations took.", _SECONDS
)
EMBEDDINGS_DURATION = Instrument(
    "gen_ai.client.embeddings.duration", "s", "How long embeddings operations took.", _SECONDS
)
EMBEDDINGS_TOKENS = Instrument(
    "gen_ai.client.embeddings.operation.input_tokens",
    "{token}",
    "Input tokens of each embeddings operation.",
    _TOKENS,
)


def _counter(part: str, description: str) -> Instrument:
    return Instrument(f"gen_ai.client.inference.usage.{part}", "{token}", description)


INPUT = _counter("input_tokens", "Input tokens, cached ones included.")
OUTPUT = _counter("output_tokens", "Output tokens, reasoning included.")
CACHE_READ = _counter("cache_read.input_tokens", "Input tokens that were read from a cache.")
CACHE_WRITE = _counter("cache_write.input_tokens", "Input tokens that were written to a cache.")
REASONING = _counter("reasoning.output_tokens", "Output tokens that were used for reasoning.")

INSTRUMENTS = (
    *(REQUESTS, COST, DURATION, EMBEDDINGS_DURATION, EMBEDDINGS_TOKENS),
    *(INPUT, OUTPUT, CACHE_READ, CACHE_WRITE, REASONING),
)
# Providers tell apart what is of other media, if anything. All else is text with most, but they don't say so.
_UNKNOWN = "unknown"
_INPUTS = {TokenClass.INPUT_AUDIO: "audio", TokenClass.INPUT_IMAGE: "image"}
_OUTPUTS = {TokenClass.OUTPUT_AUDIO: "audio", TokenClass.OUTPUT_IMAGE: "image"}
_PARTS = {
    CACHE_READ: (TokenClass.CACHED_INPUT,),
    CACHE_WRITE: (TokenClass.CACHE_WRITE, TokenClass.CACHE_WRITE_1H),
    REASONING: (TokenClass.REASONING,),
}


def measurements_of(record: LedgerRecord, providers: Mapping[str, KnownProvider]) -> Iterator[Measurement]:
    """All that a record adds. Attempts that failed are in its cost, and not among its tokens."""
    call = {
        "gen_ai.operation.name": call_attributes.OPERATIONS[record.kind],
        "gen_ai.provider.name": known_providers.named(providers, record.provider_id).name,
        "gen_ai.request.model": record.model,
        "gen_ai.response.model": record.remote_model,
    }
    yield Measurement(REQUESTS, _labels(call, outcome=record.outcome.value), 1)
    yield Measurement(COST, _labels(call, outcome=record.outcome.value), record.calculated_cost)
    if record.outcome is not Outcome.ABANDONED and record.kind is not RecordKind.BATCH:
        yield _duration(record, call)
    if record.kind is RecordKind.EMBEDDING:
        yield Measurement(EMBEDDINGS_TOKENS, _labels(call), record.usage.prompt_tokens)
    else:
        yield from _tokens(record.usage.tokens, call)


def _duration(record: LedgerRecord, call: Mapping[str, str | None]) -> Measurement:
    """Of batches, and of calls whose function died, a duration says nothing of a provider."""
    seconds = max((record.completed_at - record.created_at).total_seconds(), 0.0)
    error = call_attributes.error_type(record)
    instrument = EMBEDDINGS_DURATION if record.kind is RecordKind.EMBEDDING else DURATION
    return Measurement(instrument, _labels({**call, "error.type": error}), seconds)


def _tokens(tokens: Mapping[TokenClass, int], call: Mapping[str, str | None]) -> Iterator[Measurement]:
    for token_class, count in tokens.items():
        instrument, media = (OUTPUT, _OUTPUTS) if token_class.is_output else (INPUT, _INPUTS)
        if count:
            yield _counted(instrument, call, media.get(token_class, _UNKNOWN), count)
    for instrument, classes in _PARTS.items():
        if count := sum(tokens.get(each, 0) for each in classes):
            yield _counted(instrument, call, _UNKNOWN, count)


def _counted(
    instrument: Instrument, call: Mapping[str, str | None], modality: str, count: int
) -> Measurement:
    return Measurement(instrument, _labels({**call, "gen_ai.token.modality": modality}), count)


def _labels(values: Mapping[str, str | None], outcome: str | None = None) -> Labels:
    """As text whatever a record has there: one that was tampered with would keep all others waiting."""
    named = {**values, "tollgate.outcome": outcome}
    return tuple(sorted((name, str(value)) for name, value in named.items() if value is not None))
