"""What meters and judges must know of an API, so that none of them asks which one it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from tollgate_proxy.bounds import token_estimates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate.pricing.provider_usage import Figures, UsageReport
    from tollgate.pricing.vendors import Vendor
    from tollgate_proxy.answers.completions import CompletionFault
    from tollgate_proxy.answers.stream_ends import StreamEnds


class AnswerReader(ABC):
    """Reads the answers of one API, those in one piece and those that are streams.

    `noun` is what an answer is called in a sentence.
    """

    name: ClassVar[str]
    noun: ClassVar[str]

    @abstractmethod
    def figures_of(self, answer: Mapping[str, Any]) -> Figures:
        """The provider's figures in an answer, or in an event that has them where an answer does."""

    @abstractmethod
    def report_of(self, figures: Figures, vendor: Vendor, model: str | None) -> UsageReport:
        """What figures mean, by the vendor's habits; `model` is the provider's name of the one asked."""

    @abstractmethod
    def generated_in(self, answer: Mapping[str, Any]) -> Any:
        """What of an answer, which may have been cut, was generated; None if it has nothing of that kind."""

    @abstractmethod
    def is_whole(self, answer: Mapping[str, Any], is_metered: Callable[[], bool]) -> bool:
        """Whether an answer without an error of its own has what was asked for.

        `is_metered` says whether there are sound figures of what was used.
        """

    @abstractmethod
    def ends(self) -> StreamEnds:
        """What watches a stream for its end."""

    @abstractmethod
    def has_begun(self, event: Mapping[str, Any]) -> bool:
        """Whether an event, which is no error, shows that the stream has begun to answer."""

    def tokens_of(self, generated: Any) -> int:
        """About how many tokens it is that was generated."""
        return token_estimates.estimate_generated(generated)

    def fault_in(self, _answer: Mapping[str, Any]) -> CompletionFault | None:
        """What keeps an answer from being whole, where the API itself has a way to say so."""
        return None

    def error_part(self, answer: Mapping[str, Any]) -> Any:
        """Where an answer may say what went wrong."""
        return answer

    def response_in(self, _answer: Mapping[str, Any]) -> Mapping[str, Any]:
        """The response object that the provider may store; empty where answers are no such objects."""
        return {}
