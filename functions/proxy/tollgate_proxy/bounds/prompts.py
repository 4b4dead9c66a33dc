"""How many tokens the prompt of a request is at most: what the model reads of it, not its JSON.

Each text counts by itself, with what a template puts around a message, a part, and a member of a
tool's definition, which providers lay out each in their own way: as indented JSON, as TypeScript, as XML.
What isn't known counts as read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from tollgate.lean_dataclass import dataclass
from tollgate_proxy.bounds import media, texts
from tollgate_proxy.request import tools
from tollgate_proxy.request.member_names import CHOICES, OUTPUT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tollgate.pricing.vendors import Vendor
    from tollgate_proxy.request.json_body import JsonObject

# Members that say how to answer, not what to; of whichever API.
_SETTINGS = """
audio background betas cache_control conversation dimensions encoding_format frequency_penalty
include inference_geo logit_bias logprobs max_completion_tokens max_output_tokens max_tokens
max_tool_calls metadata min_p modalities model n parallel_tool_calls presence_penalty
previous_response_id prompt_cache_key prompt_cache_options prompt_cache_retention reasoning
reasoning_effort repetition_penalty safety_identifier seed service_tier speed stop stop_sequences
store stream stream_options temperature thinking tool_choice top_k top_logprobs top_p truncation
user verbosity
"""
_UNREAD = frozenset((*_SETTINGS.split(), *OUTPUT_LIMITS, *CHOICES))
# Others are read as they are, but for those that nobody has heard of: a provider may say more of them.
_KNOWN = frozenset(
    {"functions", "function_call", "prediction", "text", "tools", *("output_config", "output_format")}
    | {"response_format", "context_management", "prompt", "web_search_options", "mcp_servers", "container"}
)
_UNKNOWN = 64
# Where messages, items and their parts are.
_CONVERSATION = frozenset({"messages", "input", "system", "instructions"})
# What frames a message or a part is in what is reckoned for it; other roles than these are read.
_ROLES = frozenset({"assistant", "developer", "function", "model", "system", "tool", "user"})
_FRAME = frozenset({"cache_control", "detail", "format", "media_type", "status", "type"})
_MAX_FRAME_CHARACTERS = 40
_SHARED = 64
# What a template writes no name of, as what it is goes before it.
_UNNAMED = frozenset({"content", "output", "text", "thinking", "summary"})

# A message with its role, an item, a part of one. Claude's message is the longest, of 6 tokens in between.
_ITEM = 8
_PART = 4
# A member of an object, with quotation marks, colon, comma, a new line and its indent; an element of a list.
_MEMBER = 8
_ELEMENT = 4
# An argument of a call, where it is written as XML (Claude, DeepSeek, Qwen): 12 tokens of tags.
_ARGUMENT = 12
# Structured outputs: what says that the answer has to fit a schema.
_SCHEMA = 256
_SCHEMAS = ("response_format", "text", "output_format", "output_config")
# A tool that its vendor has defined and the client runs (Anthropic's computer use: 735, and 499 of system
# prompt).
_DEFINED_TOOL = 1_536
# Contexts that the provider has stored.
_STORED = ("previous_response_id", "conversation")
_LONG_NUMBER = re.compile(r"[0-9]{25}")


class Prompt(NamedTuple):
    """The tokens that are known, and how many contexts are in it besides that nobody has seen."""

    tokens: int
    unseen: int


def prompt_bound(request: JsonObject, vendors: frozenset[Vendor]) -> Prompt:
    """What any of the vendors reads of a request, without what it puts around it."""
    members = request.members
    found = list(media.within(members))
    # By identity, for the same may stand somewhere as text; but short strings are shared.
    inline = {id(medium.inline) for medium in found if len(medium.inline) > _SHARED}
    reading = _Reading(inline)
    for name, value in members.items():
        if name in _CONVERSATION:
            reading.converse(value)
        elif name not in _UNREAD:
            reading.define(name, value)
            reading.tokens += 0 if name in _KNOWN else _UNKNOWN
    tokens = reading.tokens if reading.is_whole(request) else _of_all(request.text, found)
    tokens += sum(_SCHEMA for name in _SCHEMAS if _has_schema(members.get(name)))
    tokens += sum(_DEFINED_TOOL for _, tool in tools.within(members) if tools.is_defined(tool))
    unseen = sum(1 for name in _STORED if members.get(name))
    for medium in found:
        if medium.tokens is None:
            unseen += 1
        else:
            tokens += media.image_tokens(medium, vendors) if medium.is_image else medium.tokens
    return Prompt(tokens, unseen)


def text_tokens(content: Any) -> int:
    """The most that a piece of JSON is, read as such."""
    reading = _Reading(set())
    reading.define(None, content)
    return reading.tokens


def _of_all(text: str, found: list[media.Medium]) -> int:
    """All of a body, whatever it is, but for media."""
    return (
        texts.coarse_max_tokens(text)
        + _ARGUMENT * text.count(":")
        - sum(len(medium.inline) for medium in found)
    )


@dataclass(slots=True)
class _Reading:
    """The count of what is read, without recursion, which deep nesting could exhaust."""

    inline: set[int]
    tokens: int = 0
    has_fractions: bool = False

    def converse(self, content: Any) -> None:
        """Messages or items, parts of them, or a text."""
        if not isinstance(content, list):
            content = [content]
        self.tokens += _ITEM * len(content)
        pending = list(content)
        while pending:
            part = pending.pop()
            if isinstance(part, list):
                self.tokens += _PART * len(part)
                pending += part
            elif isinstance(part, dict):
                pending += self._of_item(part)
            else:
                self.define(None, part)

    def _of_item(self, item: Mapping[str, Any]) -> Iterator[Any]:
        """Counts an item, but for its content, which is yielded."""
        for name, value in item.items():
            if name in _UNNAMED:
                yield value
            elif not _is_frame(name, value):
                self.define(name, value)

    def define(self, name: str | None, value: Any) -> None:
        """JSON that is read as such, with its name."""
        pending = [(name, value)]
        while pending:
            name, value = pending.pop()
            if name is not None:
                self.tokens += texts.max_tokens(name) + _MEMBER
            if isinstance(value, str):
                self._read(name, value)
            elif isinstance(value, dict):
                pending += value.items()
            elif isinstance(value, list):
                self.tokens += _ELEMENT * len(value)
                pending += [(None, each) for each in value]
            else:
                self.has_fractions |= isinstance(value, float)
                self.tokens += len(str(value))

    def _read(self, name: str | None, value: str) -> None:
        if id(value) in self.inline:
            return
        self.tokens += texts.max_tokens(value)
        if name == "arguments":
            self.tokens += _ARGUMENT * value.count(":")

    def is_whole(self, request: JsonObject) -> bool:
        """Whether what was read is all that is there: that no object has a member twice.

        A provider may read the one that a parser drops. Each member or text that is dropped takes quotation
        marks along. Likewise digits that a number drops.
        """
        text = request.text
        if "\\u0022" in text or (self.has_fractions and _LONG_NUMBER.search(text)):
            return False
        return text.count('"') == _quotation_marks(request.members)


def _is_frame(name: str, value: Any) -> bool:
    if name == "role":
        return value is None or (isinstance(value, str) and value in _ROLES)
    return name in _FRAME and (
        value is None or (isinstance(value, str) and len(value) <= _MAX_FRAME_CHARACTERS)
    )


def _has_schema(value: Any) -> bool:
    form = value.get("format", value) if isinstance(value, dict) else None
    return isinstance(form, dict) and form.get("type") not in (None, "text")


def _quotation_marks(members: Any) -> int:
    """How many quotation marks a piece of JSON is written with."""
    found: list[str] = []
    pending = [members]
    while pending:
        part = pending.pop()
        if isinstance(part, str):
            found.append(part)
        elif isinstance(part, dict):
            found += part
            pending += part.values()
        elif isinstance(part, list):
            pending += part
    return 2 * len(found) + "".join(found).count('"')
