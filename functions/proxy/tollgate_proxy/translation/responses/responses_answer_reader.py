"""A response as an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.answers import provider_errors
from tollgate_proxy.translation import answer_times
from tollgate_proxy.translation.completion import Completion
from tollgate_proxy.translation.responses.reading.output_reader import FAILURES, UNFINISHED, parts_in, stop_of
from tollgate_proxy.translation.responses.usage_tokens import read_usage

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_answer(answer: Mapping[str, Any]) -> Completion:
    """Raises `ValueError` for what is no response, or one that has failed or is still being made."""
    output, status = answer.get("output"), answer.get("status")
    if status in FAILURES:
        message = provider_errors.error_in({"error": answer.get("error")}).message
        raise ValueError(message or f"The response is {status}.")
    if not isinstance(output, list) or status in UNFINISHED:
        raise ValueError("This is no response that is complete.")
    parts = tuple(part for item in output for part in parts_in(item))
    tier = answer.get("service_tier")
    return Completion(
        id=str(answer.get("id") or ""),
        model=str(answer.get("model") or ""),
        parts=parts,
        stop=stop_of(answer, parts),
        tokens=read_usage(answer.get("usage")),
        created=answer_times.seconds_of(answer.get("created_at")),
        service_tier=tier if isinstance(tier, str) else None,
    )
