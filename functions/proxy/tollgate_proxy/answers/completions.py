"""What of an answer with a status of success is no completion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.lean_dataclass import dataclass
from tollgate_proxy.answers import cut_json, provider_errors, provider_json
from tollgate_proxy.answers.choices import has_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate_proxy.answers.answer_reader import AnswerReader
    from tollgate_proxy.answers.provider_errors import ProviderError


@dataclass(frozen=True, slots=True)
class CompletionFault:
    """Why an answer is none, as what follows a provider's name in a sentence.

    `is_said` if the provider itself says that it failed, or never was asked: it has made nothing then that
    anybody would bill, unless there are figures. `passes` if that is an answer of its API all the same.
    """

    why: str
    is_said: bool = False
    passes: bool = False
    error: ProviderError | None = None


def fault_of(
    api: AnswerReader, body: bytes, answer: Mapping[str, Any], is_metered: Callable[[], bool]
) -> CompletionFault | None:
    """What keeps a body, or the JSON object in it, from being a completion; None if nothing does.

    `is_metered` says whether there are sound figures of what was used.
    """
    if not answer:
        return _of_no_object(api, body)
    if not has_error(answer) and api.is_whole(answer, is_metered):
        return None
    fault = api.fault_in(answer)
    if fault is not None:
        return fault
    error = provider_errors.error_in(api.error_part(answer))
    if error.is_said:
        return reported_fault(api, error)
    return CompletionFault(f"did not return {api.noun}.", error=error)


def reported_fault(api: AnswerReader, error: ProviderError) -> CompletionFault:
    """For an answer, or an event, that says what went wrong."""
    why = f"returned an error instead of {api.noun}"
    quoted = error.quotable
    return CompletionFault(f"{why}: {quoted}." if quoted else f"{why}.", is_said=True, error=error)


def _of_no_object(api: AnswerReader, body: bytes) -> CompletionFault:
    text = body.strip().removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        return CompletionFault("returned an empty body.")
    if text.startswith(b"<"):
        return CompletionFault(f"returned a web page instead of {api.noun}.", is_said=True)
    try:
        parsed = provider_json.value_of(text)
    except ValueError:
        return CompletionFault("returned invalid JSON.")
    error = provider_errors.error_in(parsed)
    return reported_fault(api, error) if error.is_said else CompletionFault(f"did not return {api.noun}.")


def generated_in(api: AnswerReader, body: bytes) -> Any:
    """What there is of a completion in a body that may have been cut; nothing else in it was generated."""
    came = cut_json.repair_json(body.decode(errors="replace"))
    return api.generated_in(came) if isinstance(came, dict) else None
