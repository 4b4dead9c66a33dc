"""What Anthropic's messages report: the cache's tokens come on top of `input_tokens`, not within them.

A message may be made of several calls of models, its `iterations`. The top level tells those of the model
that answered, without compactions, advisors, and models that declined; each is billed at its own model's
price. One that declined before it had said anything is not billed.
Source: https://platform.claude.com/docs/en/build-with-claude/refusals-and-fallback, and the types of
Anthropic's SDK (`BetaIterationsUsage`).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tollgate.pricing.provider_usage import reported_figures, token_classes
from tollgate.pricing.provider_usage.lenient_counts import label
from tollgate.pricing.usage import ModelUsage, TokenClass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tollgate.pricing.provider_usage.reported_figures import Figures
    from tollgate.pricing.provider_usage.usage_report import UsageReport

_SAMPLING, _FALLBACK, _ADVISOR = "message", "fallback_message", "advisor_message"
# A model's date, `latest`, or its version at a cloud: the same model may be named with or without it.
_VERSION = re.compile(r"(-\d{8}|-latest|-v\d+(:\d+)?|@[\w-]+)+$")


def from_message(usage: Any, model: str | None = None) -> UsageReport:
    """What a message's usage object comes to; `model` is the provider's name of the one that was asked."""
    return report_of(figures_of(usage), model)


def figures_of(usage: Any) -> Figures:
    return reported_figures.read(usage, input_first=True)


def report_of(found: Figures, model: str | None = None) -> UsageReport:
    top = token_classes.report(found)
    calls = [call for call in map(_Call, found.iterations) if call.tokens]
    if not calls:
        return top
    serving = next((call.model for call in reversed(calls) if call.kind == _FALLBACK), None)
    asked = _RequestedModel(model, serving, calls)
    if any(call.kind == _FALLBACK for call in calls):
        calls = [call for call in calls if call.has_output or call.kind != _SAMPLING]
    used: dict[str | None, list[_Call]] = {}
    for call in calls:
        used.setdefault(asked.other(call), []).append(call)
    answered = None if asked.is_(serving) else serving
    tokens = {name: _more(_sum(made), top if name == answered else None) for name, made in used.items()}
    own = tokens.pop(None, {})
    return replace(
        top,
        prompt=_side(own, output=False) or None,
        completion=_side(own, output=True) or None,
        prompt_is_partial=False,
        completion_is_partial=False,
        reasoning_beside=0,
        unnamed=0,
        unnamed_as=None,
        others=tuple(ModelUsage(name, each) for name, each in tokens.items() if name is not None),
    )


class _RequestedModel:
    """The model that was asked, by all the names that it may have.

    Its calls name it, if at all, in another way than the request may have. Unless another one took over, all
    calls are its own but an advisor's; else those are that begin the turn.
    """

    def __init__(self, model: str | None, serving: str | None, calls: list[_Call]) -> None:
        self._names = {_bare(model)} if model else set()
        first = next((call.model for call in calls if call.kind == _SAMPLING), None)
        if first is not None and (serving is None or _bare(first) != _bare(serving)):
            self._names.add(_bare(first))
        self._serving = serving

    def is_(self, model: str | None) -> bool:
        return model is None or _bare(model) in self._names

    def other(self, call: _Call) -> str | None:
        """The other model that a call was of, None if it was of this one."""
        if self._serving is None and call.kind not in (_ADVISOR, _FALLBACK):
            return None
        return None if self.is_(call.model) else call.model


class _Call:
    """One call of a model within a message."""

    def __init__(self, usage: Mapping[str, Any]) -> None:
        kind = usage.get("type")
        made = token_classes.report(figures_of(usage))
        self.kind = kind if isinstance(kind, str) else ""
        self.model = label(usage.get("model"))
        self.tokens = {**(made.prompt or {}), **(made.completion or {})}

    @property
    def has_output(self) -> bool:
        return bool(_side(self.tokens, output=True))


def _bare(model: str) -> str:
    """A model's name without its maker (`anthropic/claude-...`, `us.anthropic.claude-...`) and version."""
    return _VERSION.sub("", re.split(r"[/.](?=claude)", model)[-1])


def _sum(calls: Iterable[_Call]) -> dict[TokenClass, int]:
    total: Counter[TokenClass] = Counter()
    for call in calls:
        total.update(call.tokens)
    return dict(total)


def _more(tokens: dict[TokenClass, int], top: UsageReport | None) -> dict[TokenClass, int]:
    """Of each side what is more: the sum of the calls, or what the top level says of them."""
    if top is None:
        return tokens
    sides = [
        max(_side(tokens, output=output), dict(said or {}), key=lambda side: sum(side.values()))
        for output, said in ((False, top.prompt), (True, top.completion))
    ]
    return {**sides[0], **sides[1]}


def _side(tokens: Mapping[TokenClass, int], *, output: bool) -> dict[TokenClass, int]:
    return {token_class: count for token_class, count in tokens.items() if token_class.is_output is output}
