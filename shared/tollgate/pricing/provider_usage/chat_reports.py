"""What OpenAI's chat completions and embeddings report, and those of the many that are compatible."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tollgate.pricing.provider_usage import reported_figures, summed_figures, token_classes
from tollgate.pricing.provider_usage.lenient_counts import label
from tollgate.pricing.provider_usage.reported_figures import NO_FIGURES, Figure, Figures
from tollgate.pricing.vendors import Vendor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tollgate.pricing.provider_usage.usage_report import UsageReport

# Where else than in `usage` an answer, or a chunk of one, has its figures: Groq's streams, Google's and
# Amazon's own names for it, Cohere's, and gateways that wrap the whole answer (Cloudflare's `result`).
_ENVELOPES = (
    ("x_groq", "usage"),
    ("usageMetadata",),
    ("usage_metadata",),
    ("amazon-bedrock-invocationMetrics",),
    ("meta",),
    ("response", "usage"),
    ("result", "usage"),
    ("data", "usage"),
    ("message", "usage"),
)
_ENVELOPE_NAMES = frozenset(path[0] for path in _ENVELOPES)
# By model, of Groq's compound systems.
_BREAKDOWN = "usage_breakdown"
# Ollama's figures are members of the answer itself.
_BARE = "prompt_eval_count"


def from_chat(usage: Any, tier: Any = None, vendor: Vendor = Vendor.OTHER) -> UsageReport:
    """What a chat's usage object comes to; the tier is told beside it."""
    found = reported_figures.read(usage)
    return token_classes.report(replace(found, service_tier=label(tier) or found.service_tier), vendor)


def figures_of(answer: Mapping[str, Any]) -> Figures:
    """The figures of a chat completion, a chunk of one, or an embedding, wherever in it they are."""
    found = _figures_in(answer)
    for holder in (answer, answer.get("x_groq")):
        if isinstance(holder, dict) and holder.get(_BREAKDOWN):
            found = summed_figures.with_breakdown(found, holder[_BREAKDOWN])
    tier = label(answer.get("service_tier"))
    return replace(found, service_tier=tier) if tier else found


def _figures_in(answer: Mapping[str, Any]) -> Figures:
    found = reported_figures.read(answer.get("usage"))
    if found.counts:
        return found
    if found := summed_figures.of_choices(of_each_choice(answer).values()):
        return found
    for usage in _envelopes(answer):
        if isinstance(usage, dict) and (found := reported_figures.read(usage)).counts:
            return found
    return NO_FIGURES


def of_each_choice(answer: Mapping[str, Any]) -> dict[int, Figures]:
    """The figures that choices have for themselves (Moonshot's streams), by the choices' indices."""
    found: dict[int, Figures] = {}
    choices = answer.get("choices")
    for at, choice in enumerate(choices if isinstance(choices, list) else ()):
        if not isinstance(choice, dict):
            continue
        places = (choice, *(choice.get(part) for part in ("delta", "message")))
        for place in places:
            if not isinstance(place, dict) or "usage" not in place:
                continue
            told = reported_figures.read(place["usage"])
            if told.counts:
                index = choice.get("index")
                found[index if type(index) is int else at] = told
                break
    return found


def report_of(found: Figures, vendor: Vendor) -> UsageReport:
    return token_classes.report(found, vendor)


def embedding_report_of(found: Figures) -> UsageReport:
    """What an embedding's figures come to. It has no completion, so a total alone is its prompt."""
    counts = dict(found.counts)
    total = counts.pop(Figure.TOTAL, None)
    if not counts.get(Figure.PROMPT) and total:
        counts[Figure.PROMPT] = total
    counts[Figure.COMPLETION] = 0
    return token_classes.report(replace(found, counts=counts))


def _envelopes(answer: Mapping[str, Any]) -> Iterator[Any]:
    for path in _ENVELOPES if not _ENVELOPE_NAMES.isdisjoint(answer) else ():
        place: Any = answer
        for name in path:
            place = place.get(name) if isinstance(place, dict) else None
        yield place
    if _BARE in answer:
        yield {name: answer.get(name) for name in (_BARE, "eval_count")}
