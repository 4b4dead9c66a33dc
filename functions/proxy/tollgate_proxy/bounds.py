"""What a request can use at most, known before it is sent, for a hold to reserve.

Text is bounded by its bytes: a byte-level tokenizer makes at most one token of each, and the JSON around
a message outweighs what a provider's template puts around it. Everything else has a bound of its own.

Sources, where nothing else is named: OpenAI's API reference and its guide "Predicted outputs", Anthropic's
"Tool use" and "Stop reasons".
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from tollgate.catalog import ModelType
from tollgate.claims import Demand
from tollgate.refusals import Reason, RefusedError
from tollgate.usage_reports import MOST_TOKENS
from tollgate_proxy import media

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.catalog import Model
    from tollgate.prices import PriceVersion

# What a provider puts into every prompt: the system prompt that teaches a Claude model to use tools is
# the longest that is published (804 tokens: Opus 4.7 with `tool_choice: any`), rounded up.
_ADDED_TOKENS = 1_024
# A tool that Anthropic has defined and the client runs (computer use: 735, and 499 of system prompt).
_DEFINED_TOOL_TOKENS = 1_536
_DEFINED_TOOLS = ("bash_20", "computer_20", "memory_20", "text_editor_20")
# Tools whose whole definition is in the request. All others are taken for ones that the provider runs.
_DESCRIBED_TOOLS = (None, "function", "custom")

# For what can be as long as the model can read, where the catalog doesn't say how long that is: the
# largest context window on offer (Gemini 1.5 Pro).
_LARGEST_CONTEXT = 2_097_152

# How often hosted tools run at a request that doesn't limit them: Anthropic pauses a turn after ten
# iterations. OpenAI documents no limit; ten is an assumption there.
_TOOL_CALLS_UNSTATED = 10
# What runs tools, or searches, without a tool's being named: chat completions' search (OpenAI, xAI,
# OpenRouter), Anthropic's MCP connector, and OpenAI's prompt templates, which may have tools.
_TOOL_RUNNERS = ("web_search_options", "search_parameters", "plugins", "mcp_servers", "prompt")
# Contexts that the provider has stored.
_STORED = ("previous_response_id", "conversation")

_OUTPUT_LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens")
_MOST_CHOICES = 128


@dataclass(frozen=True, slots=True)
class OutputPolicy:
    """Output limits, in tokens, for requests whose client sets none.

    `unstated` is the most that is reserved for, `least` an output that is worth asking for.
    """

    unstated: int
    least: int


def stated_output(members: Mapping[str, Any]) -> int | None:
    """The client's own limit on the output in tokens, of several the largest; raises `RefusedError`."""
    limits = [limit for name in _OUTPUT_LIMITS if (limit := _count(members.get(name), name)) is not None]
    return max(limits, default=None)


def demand(
    members: Mapping[str, Any],
    sent_bytes: int,
    model: Model,
    prices: tuple[PriceVersion, ...],
    policy: OutputPolicy,
) -> Demand:
    """What a request asks for at most, of any API, read from its `members`.

    `sent_bytes` is the length of the body as it goes upstream, `prices` are those that it may be served at.
    Where tools may have the provider call the model again, a choice of the demand is one output of such a
    call. Raises `RefusedError` for a limit that is no limit.
    """
    content = _content_tokens(members, sent_bytes, model)
    if model.type is ModelType.EMBEDDING:
        # Each of the inputs has a context of its own, so the model's bounds none of their sum.
        prompt = min(content, MOST_TOKENS)
        return Demand(prices, prompt, output_tokens=0, least_output_tokens=0)
    hosted = _hosted_tools(members)
    tool_calls = _count(members.get("max_tool_calls"), "max_tool_calls") or _TOOL_CALLS_UNSTATED
    model_calls = 1 + (tool_calls if hosted else 0) + _compacts(members)
    if hosted:
        content += _unseen_tokens(model)
    choices = _count(members.get("n"), "n", _MOST_CHOICES) or 1
    if "messages" in members:
        # The limit of a response is for all calls of the model together, the others are for each.
        choices *= model_calls
    output, least = _output_tokens(members, model, policy)
    return Demand(
        prices=prices,
        # Reported counts above `MOST_TOKENS` aren't charged.
        prompt_tokens=min(_within(model.context_limit, content) * model_calls, MOST_TOKENS),
        output_tokens=output,
        least_output_tokens=least,
        choices=choices,
        other_output_tokens=_text_bytes(members.get("prediction")) * choices,
        tool_calls=_priced_calls(hosted, prices, tool_calls),
    )


def _output_tokens(members: Mapping[str, Any], model: Model, policy: OutputPolicy) -> tuple[int, int]:
    """The most that a choice gets, reasoning included, and the least that it can be cut to."""
    stated = stated_output(members)
    output = _within(model.output_limit, policy.unstated if stated is None else stated)
    return output, min(policy.least, output) if stated is None else output


def _within(limit: int | None, tokens: int) -> int:
    return tokens if limit is None else min(tokens, limit)


def _count(value: Any, param: str, most: int | None = None) -> int | None:
    """A positive integer that the client gives, None if it gives none; raises `RefusedError` otherwise."""
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= (most or value):
        allowed = "of at least 1" if most is None else f"from 1 to {most}"
        raise RefusedError(Reason.INVALID_PARAMETER, f"`{param}` must be an integer {allowed}.", param=param)
    # A larger one limits nothing, and money is exact for counts up to here.
    return min(value, MOST_TOKENS)


class _HostedTool(NamedTuple):
    """A tool that the provider runs itself, any tool if `type` is empty; `uses` is the client's limit."""

    type: str
    uses: int | None


def _hosted_tools(members: Mapping[str, Any]) -> list[_HostedTool]:
    hosted = [
        _HostedTool("", None) for name in _TOOL_RUNNERS if members.get(name) not in (None, False, [], "")
    ]
    for place, tool in enumerate(_tools(members)):
        kind = tool.get("type")
        if kind not in _DESCRIBED_TOOLS and not _is_defined(kind):
            uses = _count(tool.get("max_uses"), f"tools[{place}].max_uses")
            hosted.append(_HostedTool(str(kind), uses))
    return hosted


def _priced_calls(
    hosted: list[_HostedTool], prices: tuple[PriceVersion, ...], unstated: int
) -> dict[str, int]:
    """How often each tool that has a price can run. Types carry versions: `web_search_20250305`."""
    calls: Counter[str] = Counter()
    for name in {name for price in prices for name in price.tool_prices}:
        for tool in hosted:
            if not tool.type or tool.type == name or tool.type.startswith(f"{name}_"):
                calls[name] += unstated if tool.uses is None else tool.uses
    return dict(calls)


def _tools(members: Mapping[str, Any]) -> list[dict[str, Any]]:
    tools = members.get("tools")
    return [tool for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []


def _is_defined(kind: Any) -> bool:
    return isinstance(kind, str) and kind.startswith(_DEFINED_TOOLS)


def _compacts(members: Mapping[str, Any]) -> bool:
    """Whether the provider may have the model sum up a long conversation first, in a call of its own."""
    edits = members.get("context_management")
    if isinstance(edits, dict):
        edits = edits.get("edits")
    return isinstance(edits, list) and any(
        isinstance(edit, dict) and str(edit.get("type")).startswith("compact") for edit in edits
    )


def _unseen_tokens(model: Model) -> int:
    """A bound for what nobody has seen: it still has to fit into the model's context."""
    return _LARGEST_CONTEXT if model.context_limit is None else model.context_limit


def _content_tokens(members: Mapping[str, Any], sent_bytes: int, model: Model) -> int:
    """What the request itself is, with all that it refers to, however little of it the model can read."""
    unseen = _unseen_tokens(model)
    tokens = sent_bytes + _ADDED_TOKENS
    tokens += sum(_DEFINED_TOOL_TOKENS for tool in _tools(members) if _is_defined(tool.get("type")))
    tokens += sum(unseen for name in _STORED if members.get(name))
    for medium in media.within(members):
        tokens += (unseen if medium.tokens is None else medium.tokens) - medium.inline
    return tokens


def _text_bytes(content: Any) -> int:
    """The bytes of all text in a piece of JSON, without recursion."""
    total = 0
    pending = [content]
    while pending:
        part = pending.pop()
        if isinstance(part, str):
            total += len(part.encode(errors="surrogatepass"))
        elif isinstance(part, dict):
            pending.extend(part.values())
        elif isinstance(part, list):
            pending.extend(part)
    return total
