"""Which beta versions of a provider's API a client may ask for.

A beta can change what is billed without a word in the request's body, and nobody knows what an unknown one
does. So only known ones go upstream: those that cost nothing by themselves, and those of which a member of
the body says the rest, which is priced or refused there. An administrator can allow more for a provider.

The families are those of Anthropic's SDK (`AnthropicBetaParam`), of its documentation
(https://platform.claude.com/docs/en/api/beta-headers), and of what Claude Code sends.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tollgate.catalog.catalog import Provider
    from tollgate.pricing.price_versions import PriceVersion
    from tollgate_proxy.options.candidate import Candidate

HEADERS = ("anthropic-beta", "openai-beta")

# Of Anthropic's betas, without their dates.
FAMILIES = frozenset(
    {
        # Who asks, and how: what a client is named and signs in by.
        "claude-code",
        "oauth",
        "user-profiles",
        # How much is said, and how. Output is billed by its tokens, within max_tokens.
        "dev-full-thinking",
        "effort",
        "fine-grained-tool-streaming",
        "interleaved-thinking",
        "max-tokens-3-5-sonnet",
        "mid-conversation-output-config",
        "model-context-window-exceeded",
        "output-128k",
        "output-300k",
        "per-turn-control",
        "redact-thinking",
        "structured-outputs",
        "task-budgets",
        "thinking-binding-controls",
        "thinking-display-updates",
        "thinking-resumption",
        "thinking-token-count",
        "timing",
        "token-efficient-tools",
        # What is read. Caches are billed by what the answer reports.
        "cache-diagnosis",
        "compact",
        "context-hint",
        "context-management",
        "extended-cache-ttl",
        "files-api",
        "mid-conversation-system",
        "mid-conversation-system-clear-at",
        "pdfs",
        "prompt-caching",
        "prompt-caching-evict",
        "prompt-caching-scope",
        # Other routes, which Tollgate serves for free or not at all.
        "message-batches",
        "token-counting",
        # Tools, which the body names.
        "advanced-tool-use",
        "advisor-tool",
        "code-execution",
        "computer-use",
        "mcp-client",
        "mcp-servers",
        "mid-conversation-tool-changes",
        "skills",
        "tool-examples",
        "tool-search",
        "tool-search-tool",
        "web-fetch",
        "web-search",
        # Speeds and other models, which the body names, too.
        "fallback-credit",
        "fast-mode",
        "server-side-fallback",
    }
)
# Left out, though known: `inline-tools` (tools among the messages, where hosted ones wouldn't be found),
# `message-threads` (the provider has stored the prompt, whosever it is), `afk-mode`, `auto-mode-classifier`
# and `dangerous-tool-use` (another model may read along), `user-profiles-billing`, those of other routes.
_LONG_CONTEXT = "context-1m"
_LONG_PROMPT_TOKENS = 200_000
# By what stands before the version. Left out: `responses_multi_agent`, where one request runs several agents.
_OPENAIS = frozenset({"assistants", "realtime", "responses", "responses_websockets"})

_DATED = re.compile(r"(.+)-\d{4}-?\d{2}-?\d{2}")

# Members by which some providers take betas: those of Bedrock and Vertex AI, and an SDK's parameter. Gateways
# to Bedrock look for them in `extra_body`, too (https://github.com/aws-samples/bedrock-access-gateway/pull/164).
_MEMBERS = ("anthropic_beta", "betas")
# Of what was left out, as much is told as fits into a header.
_MAX_CHARACTERS = 1_000


def serves_long_prompts(price: PriceVersion, context_limit: int | None) -> bool:
    """Whether a model's prices hold for prompts of more than 200,000 tokens, as `context-1m` allows them.

    They do if the catalog states a longer context, or states none and has a tier from there on. A prompt
    that is longer than the context that is stated would cost more than is held for it.
    """
    if context_limit is None:
        return any(tier.above <= _LONG_PROMPT_TOKENS for tier in price.tiers)
    return context_limit > _LONG_PROMPT_TOKENS


def filtered(
    headers: Mapping[str, str], provider: Provider, *, long_prompts: bool
) -> tuple[dict[str, str], str | None]:
    """The headers with the betas that may go to the provider, and what was left out, for a header.

    A header that needs no change stays as it was written.
    """
    kept, dropped = dict(headers), []
    for header in HEADERS:
        if header not in headers:
            continue
        betas = _split(headers[header])
        allowed = [beta for beta in betas if _is_allowed(beta, provider, long_prompts=long_prompts)]
        if allowed == betas:
            continue
        dropped.append(f"{header}: {', '.join(beta for beta in betas if beta not in allowed)}")
        if allowed:
            kept[header] = ",".join(allowed)
        else:
            del kept[header]
    return kept, _shown("; ".join(dropped)) if dropped else None


def require_allowed(members: Mapping[str, Any], candidates: Iterable[Candidate]) -> None:
    """Raises `RefusedError` for betas in a body that one of the candidates mustn't be asked for."""
    if members.get("extra_headers"):
        message = (
            "`extra_headers` isn't accepted in the body, because some providers read it as headers. Send "
            "HTTP headers."
        )
        raise RefusedError(Reason.INVALID_PARAMETER, message, param="extra_headers")
    for param, beta in _in_body(members):
        for each in candidates:
            if not _is_allowed(beta, each.provider, long_prompts=each.long_prompts):
                raise RefusedError(Reason.INVALID_PARAMETER, _refusal(beta, each.provider), param=param)


def _in_body(members: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each beta that a body names, and where."""
    extra = members.get("extra_body")
    for prefix, owner in (("", members), ("extra_body.", extra if isinstance(extra, dict) else {})):
        for name in _MEMBERS:
            listed = owner.get(name)
            if listed is None:
                continue
            if isinstance(listed, str):
                yield from ((f"{prefix}{name}", beta) for beta in _split(listed))
                continue
            if not isinstance(listed, list) or not all(isinstance(beta, str) for beta in listed):
                message = f"`{prefix}{name}` must be a list of strings."
                raise RefusedError(Reason.INVALID_PARAMETER, message, param=f"{prefix}{name}")
            for place, text in enumerate(listed):
                yield from ((f"{prefix}{name}[{place}]", beta) for beta in _split(text))


def _split(listed: str) -> list[str]:
    return [beta for each in listed.split(",") if (beta := each.strip())]


def _is_allowed(beta: str, provider: Provider, *, long_prompts: bool) -> bool:
    name = beta.lower()
    if any(_fits(name, pattern.lower()) for pattern in provider.beta_headers):
        return True
    if name.partition("=")[0] in _OPENAIS:
        return True
    family = _family(name)
    return family in FAMILIES or (family == _LONG_CONTEXT and long_prompts)


def _family(name: str) -> str:
    dated = _DATED.fullmatch(name)
    return dated[1] if dated else ""


def _refusal(beta: str, provider: Provider) -> str:
    if _family(beta.lower()) == _LONG_CONTEXT:
        fault = (
            f"The beta `{beta}` allows prompts of more than {_LONG_PROMPT_TOKENS:,} tokens, for which the "
            f"model has no price at the provider {provider.name}."
        )
    else:
        fault = f"Tollgate doesn't know the beta `{beta}`, so it isn't sent to the provider {provider.name}."
    return (
        f"{fault} Leave the beta out, or ask your administrator to allow it in the provider's `betaHeaders`."
    )


def _fits(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def _shown(text: str) -> str:
    """As a header can have it, and no longer than is read."""
    printable = "".join(each if " " <= each <= "~" else "?" for each in text)
    return printable if len(printable) <= _MAX_CHARACTERS else f"{printable[: _MAX_CHARACTERS - 3]}..."
