"""What a request can use at most, known before it is sent, for a hold to reserve.

Text is bounded by its bytes: a byte-level tokenizer makes at most one token of each, and the JSON around
a message outweighs what a provider's template puts around it. Everything else has a bound of its own.

Sources, where nothing else is named: OpenAI's API reference and its guides "Images and vision" and
"Predicted outputs", Anthropic's "Tool use" and "Stop reasons", Google's "Audio understanding".
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from tollgate.catalog import ModelType
from tollgate.claims import Demand
from tollgate.refusals import Reason, RefusedError
from tollgate.usage_reports import MOST_TOKENS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

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

# The dearest image. By tiles: gpt-4o-mini's 2,833 + 5,667 for each of the 2 x 4 tiles of 768 x 2,048
# pixels, 48,169 in all. By patches: the 30,000 beyond which an image is refused, at the 1.62 tokens
# of the mini models. Anthropic's (4,784) and Google's (2,240) are far below.
_IMAGE_TOKENS = 48_600
# Google counts 32 tokens a second, the most, and MP3 needs 1,000 bytes for one (8 kbit/s, its lowest bit
# rate; WAV needs more): that is 41 characters of base64 for each token.
_AUDIO_FORMATS = ("mp3", "wav")
_AUDIO_CHARACTERS_PER_TOKEN = 40
# However short it is, so that a bound is never below the estimate that is charged where figures fail.
_LEAST_AUDIO_TOKENS = 1_024
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


def was_stated(members: Mapping[str, Any]) -> bool:
    """Whether the client limits the output itself."""
    return any(members.get(name) is not None for name in _OUTPUT_LIMITS)


def demand(
    members: Mapping[str, Any], sent_bytes: int, model: Model, price: PriceVersion, policy: OutputPolicy
) -> Demand:
    """What a request asks for at most, of any API, read from its `members`.

    `sent_bytes` is the length of the body as it goes upstream. Where tools may have the provider call the
    model again, a choice of the demand is one output of such a call. Raises `RefusedError` for a limit
    that is no limit.
    """
    content = _content_tokens(members, sent_bytes, model)
    if model.type is ModelType.EMBEDDING:
        # Each of the inputs has a context of its own, so the model's bounds none of their sum.
        return Demand(price, min(content, MOST_TOKENS), output_tokens=0, least_output_tokens=0)
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
        price=price,
        # Reported counts above `MOST_TOKENS` aren't charged.
        prompt_tokens=min(_within(model.context_limit, content) * model_calls, MOST_TOKENS),
        output_tokens=output,
        least_output_tokens=least,
        choices=choices,
        other_output_tokens=_text_bytes(members.get("prediction")) * choices,
        tool_calls=_priced_calls(hosted, price, tool_calls),
    )


def _output_tokens(members: Mapping[str, Any], model: Model, policy: OutputPolicy) -> tuple[int, int]:
    """The most that a choice gets, reasoning included, and the least that it can be cut to."""
    limits = [limit for name in _OUTPUT_LIMITS if (limit := _count(members.get(name), name)) is not None]
    output = _within(model.output_limit, max(limits, default=policy.unstated))
    return output, output if limits else min(policy.least, output)


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


def _priced_calls(hosted: list[_HostedTool], price: PriceVersion, unstated: int) -> dict[str, int]:
    """How often each tool that has a price can run. Types carry versions: `web_search_20250305`."""
    calls: Counter[str] = Counter()
    for name in price.tool_prices:
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
    for medium in _media(members):
        tokens += (unseen if medium.tokens is None else medium.tokens) - medium.inline
    return tokens


class _Medium(NamedTuple):
    """A part that isn't text: `inline` bytes of the body, which are at most `tokens`, None if unknown."""

    inline: int
    tokens: int | None


_UNSEEN = _Medium(0, None)


def _media(members: Mapping[str, Any]) -> Iterator[_Medium]:
    """The media among the parts of the prompt, without recursion, which deep nesting could exhaust.

    Looks only where a provider does: what resembles a medium in a tool's schema or arguments is text.
    """
    pending = [members.get(name) for name in ("messages", "input", "system", "instructions")]
    while pending:
        part = pending.pop()
        if isinstance(part, list):
            pending.extend(part)
        elif isinstance(part, dict):
            medium = _medium(part)
            if medium is None:
                pending += (part.get("content"), part.get("output"))
            else:
                yield medium


def _medium(part: Mapping[str, Any]) -> _Medium | None:
    """What a message, an item or a part of one is; None for text. What isn't known is unseen."""
    kind = part.get("type", "message")
    read = _KINDS.get(kind) if isinstance(kind, str) else None
    return read(part) if read else _UNSEEN


def _text(_: Mapping[str, Any]) -> None:
    return None


def _message(part: Mapping[str, Any]) -> _Medium | None:
    """A message is its content, unless it stands for audio that the model has generated before."""
    return _UNSEEN if part.get("audio") else None


def _reasoning(part: Mapping[str, Any]) -> _Medium | None:
    """Reasoning comes along encrypted; otherwise the provider has stored it."""
    return None if isinstance(part.get("encrypted_content"), str) else _UNSEEN


def _image(part: Mapping[str, Any]) -> _Medium:
    """An image by URL, by the id of a file, or inline: a data URL, or Anthropic's bare base64."""
    image = part.get("image_url", part.get("source"))
    if isinstance(image, dict):
        if isinstance(image.get("data"), str):
            return _Medium(len(image["data"]), _IMAGE_TOKENS)
        image = image.get("url")
    if not isinstance(image, str) or not image.startswith("data:"):
        return _Medium(0, _IMAGE_TOKENS)
    # Some providers take documents and video as well.
    return _Medium(len(image), _IMAGE_TOKENS if image.startswith("data:image/") else None)


def _audio(part: Mapping[str, Any]) -> _Medium:
    audio = part.get("input_audio")
    if not isinstance(audio, dict) or not isinstance(data := audio.get("data"), str):
        return _UNSEEN
    # Other formats store silence in almost no bytes. A colon is in no base64: some providers take URLs.
    if audio.get("format") not in _AUDIO_FORMATS or ":" in data:
        return _Medium(len(data), None)
    return _Medium(len(data), max(_LEAST_AUDIO_TOKENS, -(-len(data) // _AUDIO_CHARACTERS_PER_TOKEN)))


def _file(part: Mapping[str, Any]) -> _Medium:
    """A file, whose text may be compressed and each of its pages be an image as well."""
    file = part.get("file", part)
    data = file.get("file_data") if isinstance(file, dict) else None
    return _Medium(len(data) if isinstance(data, str) else 0, None)


def _document(part: Mapping[str, Any]) -> _Medium | None:
    """A document is a file, or else text."""
    source = part.get("source")
    if not isinstance(source, dict):
        return _UNSEEN
    if source.get("type") == "text":
        return _citable(part)
    data = source.get("data")
    return _Medium(len(data) if isinstance(data, str) else 0, None)


def _citable(part: Mapping[str, Any]) -> _Medium | None:
    """Text, in which each sentence gets a mark of its own if it is to be cited."""
    return _UNSEEN if part.get("citations") else None


_KINDS: Mapping[str, Callable[[Mapping[str, Any]], _Medium | None]] = {
    **dict.fromkeys(
        (
            # chat completions
            "text",
            "refusal",
            # responses
            "input_text",
            "output_text",
            "function_call",
            "function_call_output",
            "custom_tool_call",
            "custom_tool_call_output",
            "computer_call",
            "computer_call_output",
            # messages
            "thinking",
            "redacted_thinking",
            "tool_use",
            "tool_result",
        ),
        _text,
    ),
    **dict.fromkeys(("image_url", "input_image", "image", "computer_screenshot"), _image),
    "message": _message,
    "reasoning": _reasoning,
    "input_audio": _audio,
    "file": _file,
    "input_file": _file,
    "document": _document,
    "search_result": _citable,
}


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
