"""Figures that are told in several places, each of a part of the work, put together.

Choices of one answer are made of the same prompt. Groq's compound systems tell what each of the models behind
them has used, every one with a prompt of its own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tollgate.pricing.provider_usage import reported_figures
from tollgate.pricing.provider_usage.lenient_counts import MAX_TOKENS
from tollgate.pricing.provider_usage.reported_figures import Figure, Figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# More choices, or models, than that aren't told apart.
_MAX_PARTS = 1024
_MAX_MODELS = 64


class ChoiceFigures:
    """Figures of a stream's choices by their index: of each the newest, and the sum of them."""

    def __init__(self) -> None:
        self._of: dict[int, Figures] = {}
        self._made: Counter[Figure] = Counter()
        self._newest = Figures()
        self._most, self._most_index, self._next_most = 0, -1, 0

    def add(self, index: int, figures: Figures) -> None:
        if index not in self._of and len(self._of) >= _MAX_PARTS:
            return
        before = self._of.get(index, Figures())
        now = before.updated(figures)
        self._made.subtract(_of_completion(before))
        self._made.update(_of_completion(now))
        self._of[index] = now
        self._newest = self._newest.updated(figures)
        self._note_most(index, now.counts.get(Figure.COMPLETION, 0))

    def _note_most(self, index: int, made: int) -> None:
        if index == self._most_index:
            self._most = max(self._most, made)
        elif made > self._most:
            self._most, self._most_index, self._next_most = made, index, self._most
        else:
            self._next_most = max(self._next_most, made)

    def most_of_others(self, index: int) -> int:
        """The largest completion that was told of another choice."""
        return self._next_most if index == self._most_index else self._most

    @property
    def together(self) -> Figures:
        """One prompt, and what was made of it in all."""
        if len(self._of) < 2:
            return self._newest
        counts = dict(self._newest.counts)
        counts.pop(Figure.TOTAL, None)
        made = {
            figure: min(each, MAX_TOKENS) for figure, each in self._made.items() if figure in counts or each
        }
        return replace(self._newest, counts={**counts, **made})


def of_choices(told: Iterable[Figures]) -> Figures:
    """What the choices of one answer come to."""
    summed = ChoiceFigures()
    for index, figures in enumerate(told):
        summed.add(index, figures)
    return summed.together


def with_breakdown(top: Figures, breakdown: Any) -> Figures:
    """Figures, or what the models that they are said to be of come to, if that is more."""
    models = breakdown.get("models") if isinstance(breakdown, dict) else breakdown
    if not isinstance(models, list):
        return top
    summed: Counter[Figure] = Counter()
    for each in models[:_MAX_MODELS]:
        if isinstance(each, dict):
            summed.update(reported_figures.read(each.get("usage")).counts)
    known = top.counts
    if all(summed[side] <= known.get(side, 0) for side in (Figure.PROMPT, Figure.COMPLETION)):
        return top
    more = {figure: min(max(each, known.get(figure, 0)), MAX_TOKENS) for figure, each in summed.items()}
    counts = {**known, **more}
    counts.pop(Figure.TOTAL, None)
    return replace(top, counts=counts)


def _of_completion(figures: Figures) -> Mapping[Figure, int]:
    return {figure: each for figure, each in figures.counts.items() if figure.is_of_completion}
