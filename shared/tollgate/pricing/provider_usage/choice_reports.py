"""Whose usage a chunk of a chat's stream reports: all choices' so far, or that of its own choice alone.

Of a stream with several choices, Moonshot's chunks report within the choice, vLLM's and SGLang's (asked for
`continuous_usage_stats`) beside it, and both mean that choice alone. The last chunk, without choices, reports
all (https://github.com/vllm-project/vllm/pull/9357). xAI's report all, each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.pricing.provider_usage import chat_reports
from tollgate.pricing.provider_usage.reported_figures import Figure
from tollgate.pricing.provider_usage.summed_figures import ChoiceFigures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.pricing.provider_usage import Figures


class ChoiceReports:
    """The reports of one stream."""

    def __init__(self) -> None:
        self._told = ChoiceFigures()
        self._is_apart = False

    def reported(self, chunk: Mapping[str, Any], figures: Figures, *, brings_text: bool) -> Figures:
        """What a chunk's figures come to, with those of the other choices if they are of its own alone."""
        within = chat_reports.of_each_choice(chunk)
        if within and not isinstance(chunk.get("usage"), dict):
            for at, told in within.items():
                self._told.add(at, told)
            return self._told.together
        index = _only_choice(chunk)
        if index is None:
            return figures
        made = figures.counts.get(Figure.COMPLETION, 0)
        # Of all choices there would be more than of another one before, as there is more text by now.
        self._is_apart = self._is_apart or (brings_text and 0 < made <= self._told.most_of_others(index))
        self._told.add(index, figures)
        return self._told.together if self._is_apart else figures


def _only_choice(chunk: Mapping[str, Any]) -> int | None:
    """The index of a chunk's choice, None if it has none, several, or one without an index."""
    choices = chunk.get("choices")
    if not isinstance(choices, list) or len(choices) != 1 or not isinstance(choices[0], dict):
        return None
    index = choices[0].get("index")
    return index if isinstance(index, int) and not isinstance(index, bool) else None
