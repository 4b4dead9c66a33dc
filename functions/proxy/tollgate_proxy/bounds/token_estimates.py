"""Estimated token counts, for where a provider gives no figures."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tollgate.pricing.provider_usage import is_count, service_tier
from tollgate.pricing.usage import TokenClass, Usage, UsageSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.ledger.claims import Claim, Demand

# English text runs at about four characters a token; scripts beyond ASCII at about one.
_ASCII_PER_TOKEN = 4
# What a model is given to read, in any API.
_SENT = ("messages", "input", "system", "instructions", "tools", "functions", "response_format", "text")
# What is not text (a base64 image, a file) is no measure of its tokens. This is OpenAI's figure for
# a high-detail image of 1024 x 1024: https://platform.openai.com/docs/guides/images-vision
_TOKENS_PER_MEDIUM = 765
_FORMATS = frozenset({"format", "media_type"})
_DATA_URL = re.compile(r"data:[\w.+-]+/[\w.+-]+[^,\s]*;base64,")
# What of a choice the model has not generated, or generated elsewhere in it.
_NOT_GENERATED = frozenset(
    {
        "index",
        "finish_reason",
        "logprobs",
        "role",
        "id",
        "call_id",
        "type",
        "status",
        "annotations",
        "signature",
        "encrypted_content",
        "content_filter_results",
        "usage",
    }
)


def estimated(request: Mapping[str, Any], completion_tokens: int) -> Usage:
    """An estimate from what was sent; the completion's tokens come from what was received."""
    return replace(
        Usage.of(estimate_sent(request), completion_tokens, UsageSource.ESTIMATED),
        service_tier=service_tier(request.get("service_tier")),
    )


def estimate_sent(request: Mapping[str, Any]) -> int:
    """About how many tokens a request gives a model to read."""
    return estimate_tokens([request.get(name) for name in _SENT])


def sent_only(request: Mapping[str, Any]) -> Usage:
    """The usage of a request that a provider may have worked on without ever answering."""
    return estimated(request, completion_tokens=0)


def at_most(demand: Demand, claim: Claim) -> Usage:
    """All that a request could use."""
    return Usage.of(demand.prompt_tokens, claim.tokens - demand.prompt_tokens, UsageSource.ESTIMATED)


def within(estimated: Usage, prompt_tokens: int, completion_tokens: int) -> Usage:
    """An estimate cut down to what the request could use at all."""
    excess = {
        TokenClass.INPUT: estimated.prompt_tokens - prompt_tokens,
        TokenClass.OUTPUT: estimated.completion_tokens - completion_tokens,
    }
    tokens = dict(estimated.tokens)
    for token_class, count in excess.items():
        if count > 0:
            tokens[token_class] = max(tokens.get(token_class, 0) - count, 0)
    return replace(estimated, tokens=tokens)


def estimate_generated(generated: Any) -> int:
    """About how many tokens the generated parts of an answer, or of a stream's event, are."""
    return estimate_tokens(generated, without=_NOT_GENERATED)


def estimate_tokens(content: Any, without: frozenset[str] = frozenset()) -> int:
    """About how many tokens the text in a piece of JSON is; a list of numbers is tokens already.

    `without` names members that don't count. Without recursion, which a deeply nested request could exhaust.
    """
    tokens = 0
    pending = [content]
    while pending:
        part = pending.pop()
        if isinstance(part, str):
            tokens += _tokens_of_text(part)
        elif isinstance(part, dict) and isinstance(part.get("data"), str) and _FORMATS & part.keys():
            tokens += _TOKENS_PER_MEDIUM  # bare base64 and its format
        elif isinstance(part, dict):
            pending += [value for name, value in part.items() if name not in without]
        elif isinstance(part, list):
            tokens += sum(map(is_count, part))
            pending += part
    return tokens


def _tokens_of_text(text: str) -> int:
    if _DATA_URL.match(text):
        return _TOKENS_PER_MEDIUM
    if text.isascii():
        return -(-len(text) // _ASCII_PER_TOKEN)
    ascii_characters = len(text.encode("ascii", "ignore"))
    return -(-ascii_characters // _ASCII_PER_TOKEN) + len(text) - ascii_characters
