"""What of a provider's figures is believed: none beyond what the request allowed.

A figure beyond it is replaced by an estimate, one that is missing is estimated; either is flagged. Where a
hard budget rests on the request's claim, a prompt beyond it is cut down to what was held for it instead.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from tollgate.catalog import model_names
from tollgate.lean_dataclass import dataclass
from tollgate.pricing.provider_usage import MAX_TOKENS, Figures, UsageReport
from tollgate.pricing.usage import ModelUsage, TokenClass, Usage, UsageFlag, UsageSource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate.catalog.catalog import Model
    from tollgate.ledger.claims import Demand, SideDemand

# The largest context window on offer (Gemini 1.5 Pro), for models whose catalog entry says nothing.
MAX_CONTEXT = 2_097_152
# What a vendor may put into a prompt unseen, beyond what a request's bound has for it; bounds learn as much.
_HIDDEN_PROMPT_TOKENS = 4_096
# How often a tool that nobody limited can run: a deep research makes some hundred searches.
_MAX_TOOL_CALLS = 1_000

# How many further models can have worked on a request. Many more make no bill that could be kept.
_MAX_OTHER_MODELS = 16

# What an administrator should look at.
NOT_BELIEVED = frozenset(
    {
        UsageFlag.PROMPT_IMPLAUSIBLE,
        UsageFlag.COMPLETION_IMPLAUSIBLE,
        UsageFlag.TOOL_CALLS_IMPLAUSIBLE,
        UsageFlag.TOTAL_IMPLAUSIBLE,
        UsageFlag.TIER_IMPLAUSIBLE,
    }
)


@dataclass(frozen=True, slots=True)
class UsageBounds:
    """The most that a request can have used, in tokens; by default, anything.

    `prompt_tokens` may be passed by `hidden_prompt_tokens`; `reasoning_tokens` may come on top of
    `completion_tokens` where a provider counts them beside. Tools that aren't in `tool_calls` may have run
    `other_tool_calls` times each. `is_held`: a hard budget holds for the claim, and nothing goes beyond it;
    `sides` is what it holds for further models besides. `context_tokens` is more than any part of a prompt.
    """

    prompt_tokens: int = MAX_TOKENS
    completion_tokens: int = MAX_TOKENS
    reasoning_tokens: int = MAX_TOKENS
    hidden_prompt_tokens: int = 0
    tool_calls: Mapping[str, int] = field(default_factory=dict)
    other_tool_calls: int = MAX_TOKENS
    is_held: bool = False
    sides: tuple[SideDemand, ...] = ()
    context_tokens: int = MAX_TOKENS

    @classmethod
    def of(cls, demand: Demand, model: Model, output_limit: int | None, *, is_held: bool) -> UsageBounds:
        """What a request may have used that was let in.

        `output_limit` is the limit of a choice's output that went upstream, None if none did.
        """
        context = model.context_limit or MAX_CONTEXT
        most_output = model.output_limit or context
        if not demand.output_tokens:  # none was asked for, whether or not the model has output
            most_output = output_limit = 0
        limit = most_output if output_limit is None else output_limit
        return cls(
            prompt_tokens=demand.prompt_tokens if is_held else max(context, demand.prompt_tokens),
            completion_tokens=min(limit * demand.choices + demand.other_output_tokens, MAX_TOKENS),
            reasoning_tokens=min(most_output * demand.choices, MAX_TOKENS),
            hidden_prompt_tokens=_HIDDEN_PROMPT_TOKENS,
            tool_calls=demand.tool_calls if is_held else {},
            other_tool_calls=0 if is_held else _MAX_TOOL_CALLS,
            is_held=is_held,
            sides=demand.sides if is_held else (),
            context_tokens=max(context, demand.prompt_tokens) + _HIDDEN_PROMPT_TOKENS,
        )

    @property
    def max_prompt_tokens(self) -> int:
        return self.prompt_tokens + self.hidden_prompt_tokens

    @property
    def for_failed(self) -> UsageBounds:
        """What an answer that is none may have used: no more than the claim that a hard budget rests on."""
        return replace(self, hidden_prompt_tokens=0) if self.is_held else self

    def minus(self, usage: Mapping[TokenClass, int]) -> UsageBounds:
        """What is left for other models' calls, which a claim covers together with the model's own."""
        if not self.is_held:
            return self
        return replace(
            self,
            prompt_tokens=max(self.prompt_tokens - _total(usage, output=False), 0),
            completion_tokens=max(self.completion_tokens - _total(usage, output=True), 0),
            hidden_prompt_tokens=0,
        )

    def for_side(self, side: SideDemand) -> UsageBounds:
        """What one of the further models may have used that are held for besides."""
        limits = side.limits
        return replace(self, prompt_tokens=limits.prompt_tokens, completion_tokens=limits.completion_tokens)


UNBOUNDED = UsageBounds()


@dataclass(frozen=True, slots=True)
class Estimate:
    """What was sent and what has come, in tokens, estimated only where it is needed.

    `unreported` is what has come since a provider last told of the completion.
    """

    prompt: Callable[[], int]
    completion: Callable[[], int]
    unreported: int = 0
    service_tier: str | None = None


def credible_usage(report: UsageReport, estimate: Estimate, allowed: UsageBounds = UNBOUNDED) -> Usage:
    """The usage that a report comes to, with an estimate in place of what it lacks and of what can't be."""
    if report.is_empty:
        return _estimated(report, estimate, allowed)
    check = _CredibilityCheck(report, estimate, allowed)
    tokens = {**check.prompt(), **check.completion()}
    others = check.others(tokens)
    tool_calls = check.tool_calls()
    return Usage(
        tokens,
        UsageSource.ESTIMATED if check.has_estimated else UsageSource.PROVIDER,
        tool_calls,
        report.service_tier or (estimate.service_tier if check.has_estimated else None),
        report.speed,
        report.inference_geo,
        others,
        frozenset(check.flags),
    )


def plausible_figures(figures: Figures, allowed: UsageBounds) -> tuple[Figures, frozenset[UsageFlag]]:
    """Figures without those parts that alone are more than can be, and what to flag for it.

    So the rest counts, which may be sound.
    """
    completion = allowed.completion_tokens + allowed.reasoning_tokens
    kept = figures.within(allowed.context_tokens, completion)
    if kept is figures:
        return figures, frozenset()
    parts = figures.counts.keys() - kept.counts.keys()
    if len(kept.iterations) < len(figures.iterations):
        return kept, frozenset({UsageFlag.PROMPT_IMPLAUSIBLE, UsageFlag.COMPLETION_IMPLAUSIBLE})
    by_side = {
        UsageFlag.COMPLETION_IMPLAUSIBLE if part.is_of_completion else UsageFlag.PROMPT_IMPLAUSIBLE
        for part in parts
    }
    return kept, frozenset(by_side)


def capped(usage: Usage, allowed: UsageBounds) -> Usage:
    """A usage that is within what is allowed, whoever has said it: a last look before it is charged."""
    tokens = usage.tokens
    flags: set[UsageFlag] = set()
    reasoning = 0 if allowed.is_held else allowed.reasoning_tokens
    beside = min(tokens.get(TokenClass.REASONING, 0), reasoning)
    most_output = allowed.completion_tokens + beside
    if _total(tokens, output=False) > allowed.max_prompt_tokens:
        tokens = {**_of_side(tokens, output=True), TokenClass.INPUT: allowed.prompt_tokens}
        flags.add(UsageFlag.PROMPT_IMPLAUSIBLE)
    if _total(tokens, output=True) > most_output:
        tokens = {**_of_side(tokens, output=False), TokenClass.OUTPUT: most_output}
        flags.add(UsageFlag.COMPLETION_IMPLAUSIBLE)
    return replace(usage, tokens=tokens, flags=usage.flags | flags) if flags else usage


def _estimated(report: UsageReport, estimate: Estimate, allowed: UsageBounds) -> Usage:
    """Where nothing is told of tokens there is nothing to flag: the source says it all."""
    prompt = min(estimate.prompt(), allowed.prompt_tokens)
    completion = min(estimate.completion(), allowed.completion_tokens)
    check = _CredibilityCheck(report, estimate, allowed)
    return replace(
        Usage.of(prompt, completion, UsageSource.ESTIMATED),
        tool_calls=check.tool_calls(),
        service_tier=report.service_tier or estimate.service_tier,
        speed=report.speed,
        inference_geo=report.inference_geo,
        flags=frozenset(check.flags),
    )


class _CredibilityCheck:
    """Looks at a report's figures one by one."""

    def __init__(self, report: UsageReport, estimate: Estimate, allowed: UsageBounds) -> None:
        self._report, self._estimate, self._allowed = report, estimate, allowed
        self.flags: set[UsageFlag] = set()
        self.has_estimated = False
        if report.unnamed and report.unnamed_as is None:
            self.flags.add(UsageFlag.TOTAL_IMPLAUSIBLE)

    def prompt(self) -> dict[TokenClass, int]:
        reported = dict(self._report.prompt or {})
        if not reported and self._report.others:
            return {}
        maximum = self._allowed.prompt_tokens
        if sum(reported.values()) > self._allowed.max_prompt_tokens:
            self._note(UsageFlag.PROMPT_IMPLAUSIBLE)
            return _only(
                TokenClass.INPUT, maximum if self._allowed.is_held else min(self._estimate.prompt(), maximum)
            )
        if not reported or self._report.prompt_is_partial:
            missing = min(self._estimate.prompt(), maximum) - sum(reported.values())
            _add(reported, TokenClass.INPUT, max(missing, 0))
            self._note(UsageFlag.PROMPT_ESTIMATED)
        if self._report.unnamed_as is TokenClass.INPUT:
            self._add_unnamed(reported, self._allowed.max_prompt_tokens)
        return reported

    def completion(self) -> dict[TokenClass, int]:
        reported = dict(self._report.completion or {})
        beside = self._report.reasoning_beside
        room = self._allowed.completion_tokens - sum(reported.values()) + beside
        if room < 0:
            self._note(UsageFlag.COMPLETION_IMPLAUSIBLE)
            estimated = min(self._estimate.completion(), self._allowed.completion_tokens)
            reported = {**_only(TokenClass.OUTPUT, estimated), **_only(TokenClass.REASONING, beside)}
        elif came := min(self._missing_completion(reported), room):
            _add(reported, TokenClass.OUTPUT, came)
            self._note(UsageFlag.COMPLETION_ESTIMATED)
        if self._report.unnamed_as is TokenClass.REASONING:
            self._add_unnamed(reported, self._max_beside(reported))
        return self._within_reasoning(reported, beside)

    def _missing_completion(self, reported: Mapping[TokenClass, int]) -> int:
        """What has come of a completion that isn't told, or has come since it was."""
        if self._report.completion is None and self._report.others:
            return 0
        if not reported or self._report.completion_is_partial:
            return max(self._estimate.completion() - sum(reported.values()), 0)
        return self._estimate.unreported

    def _max_beside(self, reported: Mapping[TokenClass, int]) -> int:
        """How much a completion may come to whose reasoning is beside it."""
        if self._allowed.is_held:
            return self._allowed.completion_tokens
        return sum(reported.values()) + self._allowed.reasoning_tokens

    def _within_reasoning(self, reported: dict[TokenClass, int], beside: int) -> dict[TokenClass, int]:
        """Takes reasoning out that can't have been beside the completion, or goes beyond what was held."""
        excess = 0
        if beside > self._allowed.reasoning_tokens:
            excess = beside
        elif self._allowed.is_held:
            excess = min(max(sum(reported.values()) - self._allowed.completion_tokens, 0), beside)
        if excess:
            self.flags.add(UsageFlag.COMPLETION_IMPLAUSIBLE)
            _add(reported, TokenClass.REASONING, -excess)
        return reported

    def _add_unnamed(self, reported: dict[TokenClass, int], maximum: int) -> None:
        token_class = self._report.unnamed_as
        if token_class is None or sum(reported.values()) + self._report.unnamed > maximum:
            self.flags.add(UsageFlag.TOTAL_IMPLAUSIBLE)
        else:
            _add(reported, token_class, self._report.unnamed)

    def others(self, own: Mapping[TokenClass, int]) -> tuple[ModelUsage, ...]:
        """Other models' tokens, each model's within what is allowed; what is beyond is cut."""
        left, sides, found = self._allowed.minus(own), list(self._allowed.sides), list[ModelUsage]()
        if len(self._report.others) > _MAX_OTHER_MODELS:
            self.flags |= {UsageFlag.PROMPT_IMPLAUSIBLE, UsageFlag.COMPLETION_IMPLAUSIBLE}
        for other in self._report.others[:_MAX_OTHER_MODELS]:
            side = next((each for each in sides if model_names.best_match(other.model, each.names)), None)
            if side is not None:
                sides.remove(side)
            usage = capped(
                Usage(other.tokens, UsageSource.PROVIDER), left if side is None else left.for_side(side)
            )
            self.flags |= usage.flags
            left = left.minus(usage.tokens) if side is None else left
            if tokens := {each: count for each, count in usage.tokens.items() if count}:
                found.append(ModelUsage(other.model, tokens))
        return tuple(found)

    def tool_calls(self) -> dict[str, int]:
        calls = {}
        for tool, reported in self._report.tool_calls.items():
            maximum = self._allowed.tool_calls.get(tool, self._allowed.other_tool_calls)
            if reported > maximum:
                self.flags.add(UsageFlag.TOOL_CALLS_IMPLAUSIBLE)
            if min(reported, maximum):
                calls[tool] = min(reported, maximum)
        return calls

    def _note(self, flag: UsageFlag) -> None:
        self.flags.add(flag)
        self.has_estimated = True


def _only(token_class: TokenClass, count: int) -> dict[TokenClass, int]:
    return {token_class: count} if count else {}


def _add(tokens: dict[TokenClass, int], token_class: TokenClass, count: int) -> None:
    total = tokens.pop(token_class, 0) + count
    if total > 0:
        tokens[token_class] = total


def _of_side(tokens: Mapping[TokenClass, int], *, output: bool) -> dict[TokenClass, int]:
    return {token_class: count for token_class, count in tokens.items() if token_class.is_output is output}


def _total(tokens: Mapping[TokenClass, int], *, output: bool) -> int:
    return sum(_of_side(tokens, output=output).values())
