"""Answers as OpenAI's responses can tell them, drawn by Hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation.completion import AnswerPart, Completion, StopReason, Tokens
from tollgate_proxy.translation.conversation import Reasoning, Refusal, Seal, Text, ToolCall

_TEXTS = st.text(min_size=1, max_size=20)
_NAMES = st.sampled_from(["read", "write", "edit"])
_COUNTS = st.integers(0, 1000)


def _reasoning(text: str, seal: Seal | None) -> Reasoning | None:
    return Reasoning(text, seal, is_redacted=not text) if text or seal else None


_PARTS: st.SearchStrategy[AnswerPart] = st.one_of(
    st.builds(Text, _TEXTS),
    st.builds(Refusal, _TEXTS),
    st.builds(
        _reasoning,
        st.text(max_size=20),
        st.none() | st.builds(Seal, st.sampled_from(ProviderApi), _TEXTS),
    ).filter(bool),
    st.builds(ToolCall, st.uuids().map(str), _NAMES, _TEXTS, st.booleans()),
)


def _apart(parts: list[AnswerPart]) -> tuple[AnswerPart, ...]:
    """Parts of which no texts follow each other: those are one text to a client."""
    kept: list[AnswerPart] = []
    for part in parts:
        if not (kept and type(part) is type(kept[-1]) and isinstance(part, Text | Refusal)):
            kept.append(part)
    return tuple(kept)


def _stop(parts: tuple[AnswerPart, ...], cut: StopReason | None) -> StopReason:
    kinds = {type(part) for part in parts}
    whole = StopReason.REFUSAL if Refusal in kinds else StopReason.END
    return cut or (StopReason.TOOL_CALLS if ToolCall in kinds else whole)


@st.composite
def completions(draw: st.DrawFn) -> Completion:
    parts = _apart(draw(st.lists(_PARTS, max_size=5)))
    cut = draw(st.none() | st.sampled_from([StopReason.LENGTH, StopReason.CONTENT_FILTER]))
    tokens = st.builds(Tokens, input=_COUNTS, cache_read=_COUNTS, cache_write=_COUNTS, output=_COUNTS)
    return Completion(
        f"resp_{draw(st.integers(0, 99))}",
        "real",
        parts,
        _stop(parts, cut),
        tokens=draw(st.none() | tokens),
        created=draw(st.integers(1, 10**9)),
        service_tier=draw(st.none() | st.just("default")),
    )
