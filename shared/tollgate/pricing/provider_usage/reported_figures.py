"""What a provider's usage object says, whatever it calls it, before anything is made of it.

Names and their sources are listed in docs/provider-usage.md.
"""

from __future__ import annotations

from dataclasses import field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tollgate.lean_dataclass import dataclass
from tollgate.pricing.provider_usage import tool_figures
from tollgate.pricing.provider_usage.lenient_counts import MAX_TOKENS, count, first, label, members

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Figure(StrEnum):
    """Counts of tokens. Some are parts of others, or beside them: that is for `balance` to find out."""

    PROMPT = "prompt"
    COMPLETION = "completion"
    TOTAL = "total"
    READ = "read"
    WRITTEN = "written"
    WRITTEN_1H = "written_1h"
    CACHED_AUDIO = "cached_audio"
    CACHED_IMAGE = "cached_image"
    INPUT_AUDIO = "input_audio"
    INPUT_IMAGE = "input_image"
    TOOL_READS = "tool_reads"
    CITATIONS = "citations"
    REASONING = "reasoning"
    OUTPUT_AUDIO = "output_audio"
    OUTPUT_IMAGE = "output_image"

    @property
    def is_of_completion(self) -> bool:
        """Whether it is the completion, a part of it, or what may lie beside it."""
        return self in (Figure.COMPLETION, Figure.REASONING, Figure.OUTPUT_AUDIO, Figure.OUTPUT_IMAGE)


@dataclass(frozen=True, slots=True)
class Figures:
    """The sound figures of a usage object, zeros included; what isn't there wasn't told, or wasn't sound.

    `beside` are parts whose name says that they lie beside the prompt or the completion, unless a total shows
    otherwise. `iterations` are the usage objects of the calls of models that a message is made of.
    """

    counts: Mapping[Figure, int] = field(default_factory=dict)
    beside: frozenset[Figure] = frozenset()
    tool_calls: Mapping[str, int] = field(default_factory=dict)
    service_tier: str | None = None
    speed: str | None = None
    inference_geo: str | None = None
    iterations: tuple[Mapping[str, Any], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.counts or self.tool_calls or self.iterations)

    @property
    def tells_completion(self) -> bool:
        """Whether they say how much has been generated so far, if only by a total and the prompt."""
        if self.counts.get(Figure.COMPLETION) or self.iterations:
            return True
        total, prompt = self.counts.get(Figure.TOTAL, 0), self.counts.get(Figure.PROMPT, 0)
        return Figure.COMPLETION not in self.counts and 0 < prompt < total

    def within(self, prompt_tokens: int, completion_tokens: int) -> Figures:
        """These figures without parts, and calls of models, that alone are more than so many tokens.

        Prompt, completion and total stay: what isn't believed of them is replaced, and not left out.
        """
        counts = {
            figure: each
            for figure, each in self.counts.items()
            if figure in _WHOLES or each <= (completion_tokens if figure.is_of_completion else prompt_tokens)
        }
        calls = tuple(call for call in self.iterations if _is_within(call, prompt_tokens, completion_tokens))
        if len(counts) == len(self.counts) and len(calls) == len(self.iterations):
            return self
        return replace(self, counts=counts, beside=self.beside & counts.keys(), iterations=calls)

    def updated(self, later: Figures) -> Figures:
        """These figures after a later report, which is of all so far.

        Each of its figures replaces the one before, a smaller one, too; zero, or no figure, replaces none. A
        total counts only together with what it is the total of.
        """
        if not later and later.service_tier in (None, self.service_tier):
            return self
        told = {figure: each for figure, each in later.counts.items() if each or figure not in self.counts}
        before = dict(self.counts)
        if Figure.PROMPT in told or Figure.COMPLETION in told:
            before.pop(Figure.TOTAL, None)
        return Figures(
            {**before, **told},
            (self.beside - told.keys()) | later.beside,
            {**self.tool_calls, **{tool: calls for tool, calls in later.tool_calls.items() if calls}},
            later.service_tier or self.service_tier,
            later.speed or self.speed,
            later.inference_geo or self.inference_geo,
            later.iterations or self.iterations,
        )


NO_FIGURES = Figures()
_WHOLES = (Figure.PROMPT, Figure.COMPLETION, Figure.TOTAL)
# Calls that another model may have made are cut to what is believed of it, not left out.
_OF_OTHERS = ("advisor_message", "fallback_message")


def _is_within(call: Mapping[str, Any], prompt_tokens: int, completion_tokens: int) -> bool:
    if call.get("type") in _OF_OTHERS:
        return True
    counts = read(call, input_first=True).counts
    return all(
        each <= (completion_tokens if figure.is_of_completion else prompt_tokens)
        for figure, each in counts.items()
        if figure is not Figure.TOTAL
    )


_PROMPTS = ("prompt_tokens", "input_tokens")
_COMPLETIONS = ("completion_tokens", "output_tokens")
# Google's, Amazon's older and Ollama's names, as their proxies pass them through.
_OTHER_PROMPTS = ("prompt_token_count", "input_token_count", "prompt_eval_count")
_OTHER_COMPLETIONS = ("candidates_token_count", "output_token_count", "completion_token_count", "eval_count")
_TOTALS = ("total_tokens", "total_token_count")

_INPUT_DETAILS = tuple(f"{name}_details" for name in (*_PROMPTS, "prompt_token", "input_token"))
_OUTPUT_DETAILS = (
    *(f"{name}_details" for name in (*_COMPLETIONS, "completion_token", "output_token")),
    "candidates_tokens_details",
)

_NESTED_READS = (
    "cached_tokens",
    "cache_read_tokens",
    "cached_read_tokens",
    "cache_read_input_tokens",
    "cached_input_tokens",
    "cache_read",
    "cache_hit_tokens",
)
# Anthropic's and Amazon's. With `input_tokens`, as theirs are, these lie beside it.
_BESIDE_READS = ("cache_read_input_tokens", "cache_read_input_token_count")
_READS = (
    "prompt_cache_hit_tokens",
    "cached_tokens",
    "num_cached_tokens",
    *_BESIDE_READS,
    "cache_read_tokens",
    "cached_input_tokens",
    "cached_prompt_tokens",
    "prompt_cached_tokens",
    "prompt_tokens_cached",
    "input_cached_tokens",
    "input_tokens_cached",
    "cached_content_token_count",
    "cache_hit_tokens",
)
_NESTED_WRITES = (
    "cache_write_tokens",
    "cache_creation_tokens",
    "cached_creation_tokens",
    "cached_write_tokens",
    "cache_creation_input_tokens",
    "cache_write_input_tokens",
    "cache_write",
)
_BESIDE_WRITES = (
    "cache_creation_input_tokens",
    "cache_write_input_tokens",
    "cache_write_input_token_count",
)
_WRITES = (*_BESIDE_WRITES, "cache_write_tokens", "cache_creation_tokens", "prompt_cache_write_tokens")
# What was written by how long it is kept: five minutes or half an hour, and an hour or twelve.
_LIFETIMES = (
    "cache_creation",
    "cache_creation_token_details",
    "cache_creation_tokens_details",
    "cache_write_tokens_details",
)
_SHORT = ("ephemeral_5m_input_tokens", "ephemeral5m_input_tokens", "ttl_30m_tokens")
_LONG = ("ephemeral_1h_input_tokens", "ephemeral1h_input_tokens", "ttl_12h_tokens")
_FLAT_SHORT = ("claude_cache_creation_5_m_tokens", "cache_creation_5m_input_tokens")
_FLAT_LONG = ("claude_cache_creation_1_h_tokens", "cache_creation_1h_input_tokens")

_REASONING = ("reasoning_tokens", "thinking_tokens", "thought_tokens", "thoughts_tokens")
_FLAT_REASONING = (*_REASONING, "reasoning_output_tokens", "thoughts_token_count")
# Mistral's, beside the prompt: https://github.com/pydantic/genai-prices/pull/591
_AUDIO = ("audio_tokens", "prompt_audio_tokens", "input_audio_tokens")
_TOOL_READS = ("tool_use_prompt_token_count", "tool_use_prompt_tokens", "tool_use_tokens", "connector_tokens")
_NESTED_TOOL_READS = ("tool_use_tokens", "tool_use_prompt_tokens", "tool_tokens")


def read(usage: Any, *, input_first: bool = False) -> Figures:
    """The figures in a usage object; `input_first` says which of two names for the same is the API's own."""
    holder = members(usage)
    if not holder:
        return NO_FIGURES
    prompts, completions = (_PROMPTS[::-1], _COMPLETIONS[::-1]) if input_first else (_PROMPTS, _COMPLETIONS)
    totals = _billed(holder, (*prompts, *_OTHER_PROMPTS))
    of_input, of_output = _details(holder, _INPUT_DETAILS), _details(holder, _OUTPUT_DETAILS)
    of_cached = _details({**holder, **of_input}, ("cached_tokens_details", "cache_tokens_details"))
    found = {
        Figure.PROMPT: _prompt(totals, (*prompts, *_OTHER_PROMPTS)),
        Figure.COMPLETION: first(totals, (*completions, *_OTHER_COMPLETIONS)),
        Figure.TOTAL: first(holder, _TOTALS),
        Figure.READ: _nested_first(of_input, _NESTED_READS, holder, _READS),
        Figure.CACHED_AUDIO: first(of_cached, ("audio_tokens",)),
        Figure.CACHED_IMAGE: _pictures(of_cached),
        Figure.INPUT_AUDIO: _nested_first(of_input, ("audio_tokens",), holder, _AUDIO),
        Figure.INPUT_IMAGE: _pictures(of_input),
        Figure.TOOL_READS: _nested_first(holder, _TOOL_READS, of_input, _NESTED_TOOL_READS),
        Figure.CITATIONS: first(holder, ("citation_tokens",)),
        Figure.REASONING: _nested_first(of_output, _REASONING, holder, _FLAT_REASONING),
        Figure.OUTPUT_AUDIO: first(of_output, ("audio_tokens",)),
        Figure.OUTPUT_IMAGE: first(of_output, ("image_tokens",)),
        **_writes(of_input, holder),
    }
    return Figures(
        {figure: each for figure, each in found.items() if each is not None},
        frozenset(_named_beside(holder, of_input)),
        tool_figures.read(holder),
        label(holder.get("service_tier")),
        label(holder.get("speed")),
        label(holder.get("inference_geo")),
        _iterations(holder.get("iterations")),
    )


def _billed(holder: dict[str, Any], prompts: tuple[str, ...]) -> dict[str, Any]:
    """What holds the totals: the object itself, or Cohere's of what it bills."""
    for place in ("billed_units", "tokens"):
        inner = members(holder.get(place))
        if inner and first(holder, prompts) is None:
            return inner
    return holder


def _prompt(holder: dict[str, Any], names: tuple[str, ...]) -> int | None:
    """The prompt, also where only DeepSeek's two parts of it are told."""
    prompt = first(holder, names)
    hit, miss = first(holder, ("prompt_cache_hit_tokens",)), first(holder, ("prompt_cache_miss_tokens",))
    return prompt or (hit + miss if hit is not None and miss is not None else prompt)


def _pictures(details: dict[str, Any]) -> int | None:
    """Images and videos, which are priced alike where they are priced apart from text."""
    told = [first(details, (name,)) for name in ("image_tokens", "video_tokens")]
    return None if told == [None, None] else min(sum(each or 0 for each in told), MAX_TOKENS)


def _nested_first(
    one: dict[str, Any], names: tuple[str, ...], other: dict[str, Any], other_names: tuple[str, ...]
) -> int | None:
    told = first(one, names)
    return told or (first(other, other_names) if told is None else first(other, other_names) or told)


def _writes(of_input: dict[str, Any], holder: dict[str, Any]) -> dict[Figure, int | None]:
    """Cache writes, in all and for an hour. Where the lifetimes come to more than their total, they count."""
    total = _nested_first(of_input, _NESTED_WRITES, holder, _WRITES)
    short, long = first(holder, _FLAT_SHORT), first(holder, _FLAT_LONG)
    for place in (of_input, holder):
        for name in _LIFETIMES:
            if name not in place:
                continue
            lifetimes = members(place[name])
            short, long = short or first(lifetimes, _SHORT), long or first(lifetimes, _LONG)
    listed = _listed_lifetimes(holder.get("cache_details"))
    short, long = short or listed.get("5m"), long or listed.get("1h")
    if short is not None or long is not None:
        total = max(total or 0, (short or 0) + (long or 0))
    return {Figure.WRITTEN: total, Figure.WRITTEN_1H: long}


def _listed_lifetimes(details: Any) -> dict[str, int]:
    """Amazon's list of what was written for how long."""
    found: dict[str, int] = {}
    for each in map(members, details if isinstance(details, list) else []):
        tokens, ttl = count(each.get("input_tokens")), each.get("ttl")
        if tokens is not None and isinstance(ttl, str):
            found[ttl] = found.get(ttl, 0) + tokens
    return found


def _details(holder: dict[str, Any], places: tuple[str, ...]) -> dict[str, Any]:
    for place in places:
        if place in holder and (details := _by_kind(holder[place])):
            return details
    return {}


def _by_kind(details: Any) -> dict[str, Any]:
    """Details of a total, also where they are Google's list of modalities."""
    if not isinstance(details, list):
        return members(details)
    return {
        f"{str(each.get('modality')).lower()}_tokens": each.get("token_count")
        for each in map(members, details)
    }


def _named_beside(holder: dict[str, Any], of_input: dict[str, Any]) -> Iterator[Figure]:
    """What a vendor's own names say lies beside its totals: Anthropic's, Amazon's and Google's."""
    if not first(holder, ("prompt_tokens", "prompt_token_count")):
        if not first(of_input, _NESTED_READS) and first(holder, _BESIDE_READS):
            yield Figure.READ
        lifetimes = any(members(holder.get(name)) for name in ("cache_creation", "cache_details"))
        if not first(of_input, _NESTED_WRITES) and (lifetimes or first(holder, _BESIDE_WRITES)):
            yield Figure.WRITTEN
    if not first(of_input, ("audio_tokens",)) and first(holder, ("audio_tokens",)):
        yield Figure.INPUT_AUDIO
    if "candidates_token_count" in holder:
        yield Figure.REASONING
    if first(holder, _TOOL_READS):
        yield Figure.TOOL_READS


def _iterations(listed: Any) -> tuple[Mapping[str, Any], ...]:
    return tuple(each for each in listed if isinstance(each, dict)) if isinstance(listed, list) else ()
