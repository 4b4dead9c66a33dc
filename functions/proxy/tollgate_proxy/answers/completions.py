"""What of an answer with a status of success is no completion, by its API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tollgate_proxy.answers import cut_json, provider_errors, provider_json
from tollgate_proxy.answers.choices import choices_of, has_error
from tollgate_proxy.apis.routes import Api

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate_proxy.answers.provider_errors import ProviderError

_NOUNS = {
    Api.CHAT: "a completion",
    Api.RESPONSES: "a response",
    Api.MESSAGES: "a message",
    Api.EMBEDDINGS: "embeddings",
}
# The states of a response that its provider has given up.
_GIVEN_UP = ("failed", "cancelled")


@dataclass(frozen=True, slots=True)
class NoCompletion:
    """Why an answer is none, as what follows a provider's name in a sentence.

    `is_said` if the provider itself says that it failed, or never was asked: it has made nothing then that
    anybody would bill, unless there are figures. `passes` if that is an answer of its API all the same.
    """

    why: str
    is_said: bool = False
    passes: bool = False
    error: ProviderError | None = None


def fault_of(
    api: Api, body: bytes, answer: Mapping[str, Any], is_metered: Callable[[], bool]
) -> NoCompletion | None:
    """What keeps a body, or the JSON object in it, from being a completion; None if nothing does.

    `is_metered` says whether there are sound figures of what was used.
    """
    if not answer:
        return _of_no_object(api, body)
    if _is_whole(api, answer, is_metered):
        return None
    if api is Api.RESPONSES and _is_response(answer):
        if answer.get("status") in _GIVEN_UP or has_error(answer):
            error = provider_errors.of({"error": answer.get("error")})
            return NoCompletion(
                "answered with a response that failed.", is_said=True, passes=True, error=error
            )
        return NoCompletion("answered with a response without any output.")
    error = provider_errors.of(_told_in(api, answer))
    if error.is_said:
        return told(api, error)
    return NoCompletion(f"answered without {_NOUNS[api]}.", error=error)


def told(api: Api, error: ProviderError) -> NoCompletion:
    """For an answer, or an event, that says what went wrong."""
    why = f"answered with an error instead of {_NOUNS[api]}"
    quoted = error.quotable
    return NoCompletion(f"{why}: {quoted}." if quoted else f"{why}.", is_said=True, error=error)


def _of_no_object(api: Api, body: bytes) -> NoCompletion:
    text = body.strip().removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        return NoCompletion("answered with nothing.")
    if text.startswith(b"<"):
        return NoCompletion(f"answered with a web page instead of {_NOUNS[api]}.", is_said=True)
    try:
        parsed = provider_json.value_of(text)
    except ValueError:
        return NoCompletion("answered with something that is no valid JSON.")
    error = provider_errors.of(parsed)
    return told(api, error) if error.is_said else NoCompletion(f"answered without {_NOUNS[api]}.")


def _is_whole(api: Api, answer: Mapping[str, Any], is_metered: Callable[[], bool]) -> bool:
    if has_error(answer):
        return False
    match api:
        case Api.CHAT:
            return any(not is_failed(choice) for choice in choices_of(answer))
        case Api.RESPONSES:
            return _is_response(answer) and _is_made(answer, is_metered)
        case Api.MESSAGES:
            return answer.get("type") != "error" and isinstance(answer.get("content"), list)
    vectors = answer.get("data")
    return isinstance(vectors, list) and any(
        isinstance(each, dict) and each.get("embedding") for each in vectors
    )


def _is_response(answer: Mapping[str, Any]) -> bool:
    return answer.get("object") == "response" or isinstance(answer.get("output"), list)


def _is_made(response: Mapping[str, Any], is_metered: Callable[[], bool]) -> bool:
    """Whether a response is there, or still to come."""
    status = response.get("status")
    if status in _GIVEN_UP:
        return False
    return bool(response.get("output")) or status not in (None, "completed") or is_metered()


def is_failed(choice: Mapping[str, Any]) -> bool:
    """OpenRouter tells of an error in the choice that it is of."""
    return has_error(choice) or choice.get("finish_reason") == "error"


def generated_in(api: Api, body: bytes) -> Any:
    """What there is of a completion in a body that may have been cut; nothing else in it was generated."""
    came = cut_json.mended(body.decode(errors="replace"))
    if not isinstance(came, dict):
        return None
    match api:
        case Api.CHAT:
            choices = choices_of(came)
            return [{name: part for name, part in each.items() if name != "error"} for each in choices]
        case Api.RESPONSES:
            return came.get("output")
        case Api.MESSAGES:
            return came.get("content")
    return None


def _told_in(api: Api, answer: Mapping[str, Any]) -> Any:
    """Where an answer may say what went wrong."""
    failed = [choice for choice in choices_of(answer) if is_failed(choice)] if api is Api.CHAT else []
    return {**answer, "errors": [choice.get("error") or "error" for choice in failed]} if failed else answer
