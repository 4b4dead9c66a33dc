"""What a request can use at most, known before it is sent, for a hold to reserve.

Text is bounded by its common words and its bytes (`texts`), what isn't text has a bound of its own (`media`),
and what a provider adds of its own is known by its habits, or learned (`overheads`).

Sources, where nothing else is named: OpenAI's API reference and its guide "Predicted outputs", Anthropic's
"Tool use" and "Stop reasons".
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tollgate.catalog.catalog import ModelType
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.claims import Demand
from tollgate.pricing.provider_usage import MAX_TOKENS
from tollgate_proxy.bounds import prompts
from tollgate_proxy.request import tools
from tollgate_proxy.request.member_names import CHOICES, OUTPUT_LIMITS
from tollgate_proxy.request.request_numbers import count, is_whole_float

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.catalog.catalog import Model
    from tollgate.pricing.price_versions import PriceVersion
    from tollgate.pricing.vendors import Vendor
    from tollgate_proxy.request.json_body import JsonObject
    from tollgate_proxy.request.tools import HostedTool

# For what can be as long as the model can read, where the catalog doesn't say how long that is: the
# largest context window on offer (Gemini 1.5 Pro).
_MAX_CONTEXT = 2_097_152
# The instructions that go with a hosted tool which reads nothing before it has run: some 2,000 tokens are
# published (Anthropic's web search), four times as many are reckoned.
_HOSTED_INSTRUCTIONS = 8_192
# Tools of which that is known, by what their types begin with; others may bring anything along.
_READS_WHEN_RUN = (
    *("web_search", "web_fetch", "file_search", "code_interpreter", "code_execution", "image_generation"),
    *("tool_search", "shell", "x_search", "browser_search"),
)
# How often hosted tools run at a request that doesn't limit them: Anthropic pauses a turn after ten
# iterations. OpenAI documents no limit; there it is set upstream, where a budget depends on it.
TOOL_CALLS_UNSTATED = 10

# By which no output at all can be asked for, where an API knows that.
_TAKES_ZERO = "max_tokens"
# The least that OpenAI's responses take for a limit, and more than most answers of one word.
_MIN_OUTPUT_TOKENS = 16


@dataclass(frozen=True, slots=True)
class OutputPolicy:
    """Output limits, in tokens, for requests whose client sets none.

    `unstated` is the most that is reserved for, `least` an output that is worth asking for: less is asked for
    only with the last of a budget.
    """

    default: int
    minimum: int


@dataclass(frozen=True, slots=True)
class BoundContext:
    """Where a request goes: the vendors that may be asked, and the tokens that these add to it.

    `limits_tools` says that all of them keep to a limit on hosted tools' calls that is set for them, which
    is `tool_calls` unless the client sets its own; `takes_zero` that no output at all can be asked for.
    `plain` members are text alone. `counted` is a count of the input that they vouch for.
    """

    vendors: frozenset[Vendor] = frozenset()
    overhead: int = 0
    limits_tools: bool = False
    takes_zero: bool = False
    plain: frozenset[str] = frozenset()
    tool_calls: int = TOOL_CALLS_UNSTATED
    counted: int | None = None


def priced_members(members: Mapping[str, Any], plain: frozenset[str]) -> Mapping[str, Any]:
    """The members that may ask for more than the model's own work."""
    return {name: value for name, value in members.items() if name not in plain} if plain else members


def unlimited(members: Mapping[str, Any], *, takes_zero: bool = False) -> list[str]:
    """The members that limit the output by name, but not in effect: local servers take -1 for no limit.

    Nor does 0 limit it, unless the API `takes_zero`. Raises `RefusedError` for one that is no integer.
    """
    given = [name for name in OUTPUT_LIMITS if members.get(name) is not None]
    return [name for name in given if _limit(members, name, takes_zero=takes_zero) is None]


def as_integers(members: Mapping[str, Any]) -> dict[str, int]:
    """The limits of a request that have a fraction of zero, as every parser reads them."""
    names = (*OUTPUT_LIMITS, "max_tool_calls")
    return {name: int(members[name]) for name in names if is_whole_float(members.get(name))}


def stated_output(members: Mapping[str, Any], *, takes_zero: bool = False) -> int | None:
    """The client's own limit on the output in tokens, of several the largest; raises `RefusedError`.

    Nobody knows which of several names a provider obeys: one that limits nothing leaves it without a limit.
    """
    limits = _limits(members, takes_zero=takes_zero)
    return None if None in limits else _largest(limits)


def _limits(members: Mapping[str, Any], *, takes_zero: bool) -> list[int | None]:
    given = [name for name in OUTPUT_LIMITS if members.get(name) is not None]
    return [_limit(members, name, takes_zero=takes_zero) for name in given]


def _largest(limits: list[int | None]) -> int | None:
    return max((limit for limit in limits if limit is not None), default=None)


def _limit(members: Mapping[str, Any], name: str, *, takes_zero: bool) -> int | None:
    value = members.get(name)
    limit = count(value, name)
    return 0 if takes_zero and name == _TAKES_ZERO and value == 0 else limit


def demand(
    request: JsonObject,
    model: Model,
    prices: tuple[PriceVersion, ...],
    policy: OutputPolicy,
    setting: BoundContext,
) -> Demand:
    """What a request asks for at most, of any API.

    `prices` are those that it may be served at. Where tools may have the provider call the model again, a
    choice of the demand is one output of such a call. Raises `RefusedError` for a limit that is no number.
    """
    members = request.members
    prompt = prompts.prompt_bound(request, setting.vendors)
    content = prompt.tokens + setting.overhead + prompt.unseen * _unseen_tokens(model)
    if setting.counted is not None:
        content = min(content, setting.counted)
    if not model.type.has_output:
        # Each of several inputs has a context of its own, so the model's bounds none of their sum.
        content = min(content, MAX_TOKENS)
        return Demand(prices, content, output_tokens=0, min_output_tokens=0, content_tokens=prompt.tokens)
    if model.type is ModelType.IMAGE:
        from tollgate_proxy.bounds import image_bounds  # noqa: PLC0415 - few calls are for images

        painted = _within(model.output_limit, image_bounds.tokens_of(members))
        content = min(_within(model.context_limit, content), MAX_TOKENS)
        return Demand(prices, content, painted, painted, choices=image_bounds.number_of(members))
    hosted = tools.hosted(priced_members(members, setting.plain), setting.vendors)
    stated_calls = count(members.get("max_tool_calls"), "max_tool_calls")
    tool_calls = stated_calls or setting.tool_calls
    sets_calls = bool(hosted) and setting.limits_tools and stated_calls is None
    output, worthwhile, least = _output_tokens(members, model, policy, setting)
    compacts = _compacts(members)
    asked = Demand(
        prices=prices,
        # Reported counts above `MAX_TOKENS` aren't charged.
        prompt_tokens=min(_within(model.context_limit, content), MAX_TOKENS),
        output_tokens=output,
        min_output_tokens=least,
        worthwhile_output_tokens=worthwhile,
        # Of those that the best is chosen of, some providers bill all.
        choices=max(count(members.get(name), name) or 1 for name in CHOICES),
        # What is seen of a prompt is not all of it where a provider adds what it has stored, or found.
        content_tokens=None if hosted or prompt.unseen or compacts else prompt.tokens,
        max_tool_calls=tool_calls if sets_calls else None,
    )
    if not (hosted or compacts or members.get("prediction")):
        return asked
    return _with_tools(asked, members, model, hosted, tool_calls, content=content)


def _with_tools(
    asked: Demand,
    members: Mapping[str, Any],
    model: Model,
    hosted: list[HostedTool],
    tool_calls: int,
    *,
    content: int,
) -> Demand:
    """The demand with what hosted tools, compaction and predictions add to what is read first, `content`."""
    first = content + sum(_instructions(tool, model) for tool in hosted)
    begun = _within(model.context_limit, first)
    # Each call of a tool has the model read once more, as much as it can.
    after = _within(model.context_limit, first + _unseen_tokens(model)) * tool_calls if hosted else 0
    again = begun if _compacts(members) else 0
    model_calls = 1 + (tool_calls if hosted else 0) + _compacts(members)
    # The limit of a response is for all calls of the model together, the others are for each.
    choices = min(asked.choices * (model_calls if "messages" in members else 1), MAX_TOKENS)
    return replace(
        asked,
        prompt_tokens=min(begun + after + again, MAX_TOKENS),
        choices=choices,
        other_output_tokens=_predicted(members) * choices,
        tool_calls=_priced_calls(hosted, asked.prices, tool_calls),
        advice=_advice(hosted[0], model) if hosted else None,
    )


def _advice(tool: HostedTool, model: Model) -> str | None:
    if model.context_limit is not None:
        return None
    return (
        f"`{tool.param}` lets the model read up to {_MAX_CONTEXT:,} tokens again. Leave the tool out, or "
        "ask your administrator to set the model's `contextLimit`."
    )


def _instructions(tool: HostedTool, model: Model) -> int:
    known = tool.type.startswith(_READS_WHEN_RUN) or tool.param == "web_search_options"
    return _HOSTED_INSTRUCTIONS if known else _unseen_tokens(model)


def _output_tokens(
    members: Mapping[str, Any], model: Model, policy: OutputPolicy, setting: BoundContext
) -> tuple[int, int, int]:
    """The most that a choice gets, reasoning included, what is worth asking for, and the very least."""
    limits = _limits(members, takes_zero=setting.takes_zero)
    largest = _largest(limits)
    if largest is not None and None not in limits:
        output = _within(model.output_limit, largest)
        return output, output, output
    # No less than one of the limits that go upstream beside what is set there.
    stated = largest or 0
    output = _within(model.output_limit, max(policy.default, stated))
    least = min(policy.minimum, _MIN_OUTPUT_TOKENS)
    return output, min(max(policy.minimum, stated), output), min(max(least, stated), output)


def _within(limit: int | None, tokens: int) -> int:
    return tokens if limit is None else min(tokens, limit)


def _priced_calls(
    hosted: list[HostedTool], prices: tuple[PriceVersion, ...], unstated: int
) -> dict[str, int]:
    """How often each tool that has a price can run. Types carry versions: `web_search_20250305`."""
    calls: Counter[str] = Counter()
    for name in {name for price in prices for name in price.tool_prices}:
        for tool in hosted:
            if not tool.type or tool.type == name or tool.type.startswith(f"{name}_"):
                calls[name] += unstated if tool.uses is None else tool.uses
    return dict(calls)


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
    return _MAX_CONTEXT if model.context_limit is None else model.context_limit


def _predicted(members: Mapping[str, Any]) -> int:
    predicted = members.get("prediction")
    return prompts.text_tokens(predicted) if predicted else 0
