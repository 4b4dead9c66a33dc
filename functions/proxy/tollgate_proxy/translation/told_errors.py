"""What a provider's error tells, in no API's shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.lean_dataclass import dataclass
from tollgate_proxy.answers import provider_errors, provider_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tollgate_proxy.translation.completion import Failed

# A text without JSON is told if it isn't longer, and no web page.
_MAX_CHARACTERS = 2_000
_BAD_REQUEST = 400
_ENVELOPES = ("error", "errors", "detail")
_MAX_DEPTH = 4


@dataclass(frozen=True, slots=True)
class ToldError:
    """An error's message, empty if there is none, and what the provider has to say of it beside.

    `is_too_long` is whether the prompt is more than the model can read, which clients know in one way each.
    """

    message: str
    type: str | None = None
    code: str | None = None
    param: str | None = None
    is_too_long: bool = False


def read(body: bytes, status: int = _BAD_REQUEST) -> ToldError:
    """What the body of an answer with that status tells."""
    try:
        parsed = provider_json.value_of(body)
    except ValueError:
        parsed = None
    error = provider_errors.error_in(parsed) if parsed is not None else provider_errors.read(body)
    return ToldError(
        error.message or _plain(body, parsed),
        _label(parsed, "type"),
        _label(parsed, "code"),
        _label(parsed, "param"),
        provider_errors.is_too_long(error, status),
    )


def of_stream(failed: Failed) -> ToldError:
    """What the event tells that a provider has ended its stream with."""
    shown = {"error": {"message": failed.message, "type": failed.type, "code": failed.code}}
    too_long = provider_errors.is_too_long(provider_errors.error_in(shown), _BAD_REQUEST)
    return ToldError(failed.message, failed.type, failed.code, is_too_long=too_long)


def _plain(body: bytes, parsed: Any) -> str:
    """A body that is text, or a JSON string; nothing of what else it may be."""
    text = parsed if isinstance(parsed, str) else "" if parsed is not None else body.decode(errors="replace")
    text = text.strip()
    return text if len(text) <= _MAX_CHARACTERS and not text.startswith("<") else ""


def _label(parsed: Any, name: str) -> str | None:
    """A member of the error, or else of what it lies in."""
    for part in _parts(parsed):
        value = part.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and value not in ("", "error"):
            return str(value)
    return None


def _parts(parsed: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """An error's objects, the inner first."""
    if isinstance(parsed, list):
        parsed = next((each for each in parsed if isinstance(each, dict)), None)
    if isinstance(parsed, dict):
        for name in _ENVELOPES if depth < _MAX_DEPTH else ():
            yield from _parts(parsed.get(name), depth + 1)
        yield parsed
