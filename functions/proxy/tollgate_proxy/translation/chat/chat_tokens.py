"""The usage of a chat completion: a provider's as it is told, and the client's by OpenAI's API reference.

Parts of the prompt that a cache has read or written are part of `prompt_tokens`, reasoning of
`completion_tokens`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.pricing.provider_usage import chat_reports
from tollgate.pricing.usage import TokenClass
from tollgate.pricing.vendors import Vendor
from tollgate_proxy.translation.completion import Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.pricing.provider_usage import Figures

_UNCACHED = (TokenClass.INPUT, TokenClass.INPUT_AUDIO, TokenClass.INPUT_IMAGE)


def tokens_of(figures: Figures) -> Tokens | None:
    """What a provider's figures come to; None if it has told nothing of tokens."""
    report = chat_reports.report_of(figures, Vendor.OTHER)
    if report.prompt is None and report.completion is None:
        return None
    prompt: Mapping[TokenClass, int] = report.prompt or {}
    completion: Mapping[TokenClass, int] = report.completion or {}
    return Tokens(
        input=sum(prompt.get(each, 0) for each in _UNCACHED),
        cache_read=prompt.get(TokenClass.CACHED_INPUT, 0),
        cache_write=prompt.get(TokenClass.CACHE_WRITE, 0),
        cache_write_1h=prompt.get(TokenClass.CACHE_WRITE_1H, 0),
        output=sum(completion.values()),
        reasoning=completion.get(TokenClass.REASONING, 0),
    )


def usage_of(tokens: Tokens) -> dict[str, Any]:
    return {
        "prompt_tokens": tokens.prompt,
        "completion_tokens": tokens.output,
        "total_tokens": tokens.prompt + tokens.output,
        "prompt_tokens_details": {
            "cached_tokens": tokens.cache_read,
            "cache_write_tokens": tokens.cache_write + tokens.cache_write_1h,
        },
        "completion_tokens_details": {"reasoning_tokens": tokens.reasoning},
    }
