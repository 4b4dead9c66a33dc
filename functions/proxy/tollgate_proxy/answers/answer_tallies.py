"""Tallies: what a provider reports of an answer, and what has come of it, together make its usage."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from tollgate.lean_dataclass import dataclass
from tollgate.ledger import plausibility
from tollgate.ledger.plausibility import UNBOUNDED, Estimate
from tollgate.pricing.provider_usage import Figures, service_tier
from tollgate.pricing.vendors import Vendor
from tollgate_proxy.bounds import token_estimates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate.ledger.plausibility import UsageBounds
    from tollgate.pricing.provider_usage import UsageReport
    from tollgate.pricing.usage import Usage
    from tollgate_proxy.answers.answer_reader import AnswerReader


@dataclass(frozen=True, slots=True)
class AnswerSource:
    """Whose answer it is: by its API, its vendor's habits, and the provider's name of the model asked."""

    api: AnswerReader
    vendor: Vendor = Vendor.OTHER
    model: str | None = None

    def figures_of(self, answer: Mapping[str, Any]) -> Figures:
        """The provider's figures in an answer, or in an event that has them where an answer does."""
        return self.api.figures_of(answer)

    def report_of(self, figures: Figures) -> UsageReport:
        return self.api.report_of(figures, self.vendor, self.model)


@dataclass(slots=True)
class AnswerTally:
    """Counts along with an answer, in tokens: `generated` is what has come so far, `unreported` what of it
    has come since the provider's last report.
    """

    source: AnswerSource
    request: Mapping[str, Any]
    figures: Figures = field(default_factory=Figures)
    generated: int = 0
    unreported: int = 0

    def add_generated(self, tokens: int) -> None:
        self.generated += tokens
        self.unreported += tokens

    def add_report(self, later: Figures) -> None:
        """Takes a report of all so far."""
        self.figures = self.figures.updated(later)
        if later.tells_completion:
            self.unreported = 0

    def usage(self, allowed: UsageBounds = UNBOUNDED, generated: Callable[[], int] | None = None) -> Usage:
        """The usage so far; `generated` estimates what came where that wasn't counted along."""
        estimate = Estimate(
            lambda: token_estimates.estimate_sent(self.request),
            generated or (lambda: self.generated),
            self.unreported,
            service_tier(self.request.get("service_tier")),
        )
        figures, flags = plausibility.plausible_figures(self.figures, allowed)
        used = plausibility.credible_usage(self.source.report_of(figures), estimate, allowed)
        return replace(used, flags=used.flags | flags) if flags else used
