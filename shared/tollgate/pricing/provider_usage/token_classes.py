"""Takes figures apart into classes that don't overlap: which are parts of others, and which lie beside them.

Most vendors report parts (what a cache has read, reasoning) within the prompt's or the completion's tokens.
Some lay them beside. That is seen by a part that is larger than what it would be a part of, or by a total
that has more than prompt and completion by just what such parts add up to. Whatever exceeds the parts in a
total without a name is what the vendor is known to leave out; else, where reasoning is told, what tools have
read; else nobody knows, and it isn't charged.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from tollgate.pricing.provider_usage.reported_figures import Figure
from tollgate.pricing.provider_usage.usage_report import UsageReport
from tollgate.pricing.usage import TokenClass
from tollgate.pricing.vendors import Vendor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.pricing.provider_usage.reported_figures import Figures

# Whose totals have more than prompt and completion by reasoning, also where they don't name it. They count
# what a cache has read within the prompt.
_UNNAMED_REASONING = frozenset({Vendor.GOOGLE, Vendor.XAI})
# What may lie beside, in the order in which it is tried.
_MAY_LIE_BESIDE = (
    *(Figure.REASONING, Figure.TOOL_READS, Figure.CITATIONS, Figure.INPUT_AUDIO, Figure.READ, Figure.WRITTEN),
)
_CACHE = frozenset({Figure.READ, Figure.WRITTEN})


def report(figures: Figures, vendor: Vendor = Vendor.OTHER) -> UsageReport:
    """What a chat's, a response's or a message's figures come to; `others` is left to the caller."""
    balance = _Balance(figures, vendor)
    return UsageReport(
        prompt=balance.prompt_classes() or None,
        completion=balance.completion_classes() or None,
        prompt_is_partial=not balance.prompt and not balance.prompt_is_told,
        completion_is_partial=not balance.completion and not balance.completion_is_told,
        reasoning_beside=balance.count(Figure.REASONING) if Figure.REASONING in balance.beside else 0,
        unnamed=balance.unnamed,
        unnamed_as=balance.unnamed_as(),
        tool_calls={tool: calls for tool, calls in figures.tool_calls.items() if calls},
        service_tier=figures.service_tier,
        speed=figures.speed,
        inference_geo=figures.inference_geo,
    )


class _Balance:
    """Figures, and which of them lie beside the prompt and the completion."""

    def __init__(self, figures: Figures, vendor: Vendor) -> None:
        self._counts = figures.counts
        self._vendor = vendor
        self.prompt, self.completion = self.count(Figure.PROMPT), self.count(Figure.COMPLETION)
        # An empty prompt is one that a cache has read as a whole, if the cache's tokens are named beside it.
        self.prompt_is_told = Figure.PROMPT in self._counts and any(
            self.count(part) for part in figures.beside & _CACHE
        )
        self.completion_is_told = Figure.COMPLETION in self._counts
        self.beside: set[Figure] = {part for part in figures.beside if self.count(part)}
        self.unnamed = 0
        self._set_apart()

    def count(self, figure: Figure) -> int:
        return self._counts.get(figure, 0)

    def _set_apart(self) -> None:
        if not self._complete_by_total():
            self._weigh()
        self.beside |= self._larger_than_their_totals()

    def _larger_than_their_totals(self) -> set[Figure]:
        """Parts that can't be parts, and those that no total has: Perplexity's citations and reasoning."""
        found: set[Figure] = set()
        cache = {part for part in _CACHE - self.beside if self.count(part)}
        if sum(map(self.count, cache)) > self.prompt:
            found |= cache
        if self.count(Figure.REASONING) > self.completion and self.completion_is_told:
            found.add(Figure.REASONING)
        if self.count(Figure.CITATIONS):
            found.add(Figure.CITATIONS)
            if self.count(Figure.REASONING):
                found.add(Figure.REASONING)
        return found

    def _complete_by_total(self) -> bool:
        """Finds the one of prompt and completion that wasn't told by the total and the other one."""
        total = self.count(Figure.TOTAL)
        rest = total - self.prompt - self.completion
        if rest <= 0:
            return False
        if not self.prompt and self.completion:
            self.beside -= _CACHE
            self.prompt = rest
            return True
        if self.prompt and not self.completion_is_told:
            self.completion = rest
            self.completion_is_told = True
            return True
        return False

    def _weigh(self) -> None:
        """Compares the total with prompt and completion, if both are told."""
        total = self.count(Figure.TOTAL)
        if not total or not (self.prompt or self.beside & _CACHE):
            self._go_by_habit()
            return
        excess = total - self.prompt - self.completion
        if excess <= 0:
            # All is within, but for what can't be. Less than both is no total of theirs.
            if not excess:
                self.beside.clear()
            return
        named = self._adding_up_to(excess)
        if named is not None:
            self.beside = named
            return
        self._leave_over(excess)

    def _go_by_habit(self) -> None:
        if self._vendor is Vendor.XAI and self.count(Figure.REASONING):
            self.beside.add(Figure.REASONING)
        if self._vendor is not Vendor.MISTRAL and self.count(Figure.INPUT_AUDIO) <= self.prompt:
            self.beside.discard(Figure.INPUT_AUDIO)

    def _adding_up_to(self, excess: int) -> set[Figure] | None:
        """The fewest parts that explain all that the total has more."""
        candidates = [part for part in _MAY_LIE_BESIDE if self.count(part)]
        if self._vendor in _UNNAMED_REASONING:
            candidates = [part for part in candidates if part not in _CACHE]
        for size in range(1, len(candidates) + 1):
            for parts in combinations(candidates, size):
                if sum(map(self.count, parts)) == excess:
                    return set(parts)
        return None

    def _leave_over(self, excess: int) -> None:
        """Explains what it can of the excess; the rest has no name."""
        likely = self.beside | self._larger_than_their_totals()
        if self.count(Figure.REASONING) <= excess:
            likely.add(Figure.REASONING)
        self.unnamed = excess
        for part in _MAY_LIE_BESIDE:
            if part in likely and 0 < self.count(part) <= self.unnamed:
                self.beside.add(part)
                self.unnamed -= self.count(part)

    def unnamed_as(self) -> TokenClass | None:
        if not self.unnamed:
            return None
        if self.count(Figure.REASONING):
            return TokenClass.INPUT
        return TokenClass.REASONING if self._vendor in _UNNAMED_REASONING else None

    def prompt_classes(self) -> dict[TokenClass, int]:
        beside = sum(map(self.count, self.beside - {Figure.REASONING}))
        read, written = self.count(Figure.READ), self.count(Figure.WRITTEN)
        prompt = max(self.prompt + beside, read + written)
        hour = min(self.count(Figure.WRITTEN_1H), written)
        audio, image = self._fresh_media(prompt - read - written, prompt)
        return _without_zeros(
            {
                TokenClass.INPUT: prompt - read - written - audio - image,
                TokenClass.CACHED_INPUT: read,
                TokenClass.CACHE_WRITE: written - hour,
                TokenClass.CACHE_WRITE_1H: hour,
                TokenClass.INPUT_AUDIO: audio,
                TokenClass.INPUT_IMAGE: image,
            }
        )

    def _fresh_media(self, fresh: int, prompt: int) -> tuple[int, int]:
        """The audio and the images that no cache has read, of the `fresh` tokens of a prompt.

        Where it isn't told what of them is cached, none is, as long as there is room for them besides the
        cache; else what is fresh is text first: a cache reads the beginning, a conversation grows at its end.
        """
        audio = max(self.count(Figure.INPUT_AUDIO) - self.count(Figure.CACHED_AUDIO), 0)
        image = max(self.count(Figure.INPUT_IMAGE) - self.count(Figure.CACHED_IMAGE), 0)
        if audio + image <= fresh:
            return audio, image
        text = max(prompt - self.count(Figure.INPUT_AUDIO) - self.count(Figure.INPUT_IMAGE), 0)
        media = max(fresh - text, 0)
        audio = min(audio, media)
        return audio, min(image, media - audio)

    def completion_classes(self) -> dict[TokenClass, int]:
        reasoning = self.count(Figure.REASONING)
        completion = self.completion
        if Figure.REASONING in self.beside or not self.completion:
            completion += reasoning
        counts: dict[TokenClass, int] = {}
        left = completion
        for token_class, part in (
            (TokenClass.REASONING, reasoning),
            (TokenClass.OUTPUT_AUDIO, self.count(Figure.OUTPUT_AUDIO)),
            (TokenClass.OUTPUT_IMAGE, self.count(Figure.OUTPUT_IMAGE)),
        ):
            counts[token_class] = min(part, left)
            left -= counts[token_class]
        return _without_zeros({**counts, TokenClass.OUTPUT: left})


def _without_zeros(counts: Mapping[TokenClass, int]) -> dict[TokenClass, int]:
    return {token_class: count for token_class, count in counts.items() if count}
