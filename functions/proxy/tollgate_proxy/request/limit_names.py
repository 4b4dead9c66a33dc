"""The names by which providers take a limit on the output, and a number of outputs.

Servers that are compatible with OpenAI's API know its names, and often their own engine's beside them, or
before them: llama.cpp prefers `n_predict` to `max_tokens`
(https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md). Each counts at the top of a
request. Deeper, in objects of other APIs that some read and others pass over, none is served: what isn't read
here would otherwise be obeyed there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.request.member_names import CHOICES, OUTPUT_LIMITS, declared_name, is_free_form

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIMITS = frozenset({*OUTPUT_LIMITS, *CHOICES})
_USUAL = frozenset({"best_of", "max_completion_tokens", "max_output_tokens", "max_tokens", "n"})
# Beyond this a place says no more than that it is deep.
_MAX_PLACE_CHARACTERS = 200
# Where such names stand for something else, or are read by themselves: what is said, tools, reasoning within
# an output, further models.
_APART = frozenset(
    {
        "fallback_model",
        "fallbacks",
        "functions",
        "input",
        "instructions",
        "messages",
        "models",
        "prediction",
        "prompt",
        "reasoning",
        "response_format",
        "system",
        "text",
        "thinking",
        "tool_choice",
        "tools",
    }
)


def refuse_misplaced(members: Mapping[str, Any]) -> None:
    """Raises `RefusedError` for a limit within an object of a request that a provider may read it in."""
    for name, value in members.items():
        if isinstance(value, dict | list) and name not in _APART and not _is_free(name, members, at_top=True):
            _refuse_within(name, value)


def _refuse_within(place: str, value: Any) -> None:
    """Without recursion, which deep nesting could exhaust."""
    pending: list[tuple[str, Any]] = [(place, value)]
    while pending:
        at, part = pending.pop()
        if isinstance(part, dict):
            for name, each in part.items():
                limit = declared_name(name) or name
                if limit in _LIMITS and each is not None:
                    raise _misplaced(f"{at}.{name}", limit)
                if isinstance(each, dict | list) and not _is_free(name, part, at_top=False):
                    pending.append((_longer(at, f".{name}"), each))
        else:
            pending += [
                (_longer(at, f"[{n}]"), each) for n, each in enumerate(part) if isinstance(each, dict | list)
            ]


def _longer(place: str, step: str) -> str:
    return place if len(place) > _MAX_PLACE_CHARACTERS else place + step


def _is_free(name: str, owner: Mapping[str, Any], *, at_top: bool) -> bool:
    """Whether names are the client's own there. `parameters` are a request's, where no tools are."""
    return name != "parameters" and is_free_form(name, owner, at_top=at_top)


def _misplaced(place: str, name: str) -> RefusedError:
    usual = name if name in _USUAL else "max_tokens" if name in OUTPUT_LIMITS else "n"
    message = f"`{place}` isn't served: it belongs to the request itself, as `{usual}`."
    return RefusedError(Reason.INVALID_PARAMETER, message, param=place)
