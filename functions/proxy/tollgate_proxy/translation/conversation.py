"""A conversation as no API writes it: what a request of any of them asks for, as far as others can, too.

Readers make it of one API's request, writers make another one's of it. What has no place in it is named to
`Losses` by the reader, what the writer has no place for by the writer.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.catalog.catalog import ProviderApi


class Role(StrEnum):
    """Who says something. `DEVELOPER` instructions rank below `SYSTEM` where an API knows both."""

    SYSTEM = "system"
    DEVELOPER = "developer"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class CachePoint:
    """Up to here a prompt is to be cached; `ttl` is "5m", "1h", or None for the API's default."""

    ttl: str | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """An image's or a document's content: base64 with its media type, or a URL."""

    media_type: str | None = None
    data: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    cache: CachePoint | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """`detail` is OpenAI's (low, high, auto)."""

    media: Media
    detail: str | None = None
    cache: CachePoint | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A file to be read, with its name. Plain text has the media type text/plain, and base64 like others."""

    media: Media
    name: str | None = None
    cache: CachePoint | None = None


@dataclass(frozen=True, slots=True)
class Seal:
    """What an API gives with its reasoning, for it to be believed when the conversation goes on.

    Only the API that made it can read it: others' are left out, with the reasoning that they seal. `value`
    is opaque (a signature, encrypted content); `item_id` the name of what it seals, if that has one.
    """

    api: ProviderApi
    value: str
    item_id: str | None = None


@dataclass(frozen=True, slots=True)
class Reasoning:
    """What a model has thought, as far as it is shown; `is_redacted` if nothing of it is but the seal."""

    text: str
    seal: Seal | None = None
    is_redacted: bool = False


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a client's tool. `arguments` are JSON as the model wrote it, of a custom tool plain text."""

    id: str
    name: str
    arguments: str
    is_custom: bool = False
    cache: CachePoint | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    call_id: str
    parts: tuple[Text | Image | Document, ...]
    is_error: bool = False
    is_custom: bool = False
    cache: CachePoint | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a model says where it refuses to answer, apart from its text."""

    text: str


Part = Text | Image | Document | Reasoning | ToolCall | ToolResult | Refusal


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side says at once. Results of tools are the user's, reasoning and calls the assistant's."""

    role: Role
    parts: tuple[Part, ...]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ToolOrigin:
    """What a tool is in the client's API, where it is no function of its name there: of a `type` that the API
    defines itself, or one of a `namespace`.
    """

    type: str
    name: str
    namespace: str | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """A client's tool. `parameters` is a JSON schema, None for a custom tool, whose input is plain text.

    `grammar` is a custom tool's format as OpenAI writes it. `origin` is for who writes the client's answer.
    """

    name: str
    description: str | None = None
    parameters: Mapping[str, Any] | None = None
    strict: bool | None = None
    is_custom: bool = False
    grammar: Mapping[str, Any] | None = None
    cache: CachePoint | None = None
    origin: ToolOrigin | None = None


class Choosing(StrEnum):
    """Whether a model may, must, or must not call a tool; `NAMED` that it must call one of those named."""

    AUTO = "auto"
    REQUIRED = "required"
    NONE = "none"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class ToolChoice:
    choosing: Choosing
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JsonOutput:
    """An answer in JSON: by a `schema`, or any object without one."""

    schema: Mapping[str, Any] | None = None
    name: str | None = None
    strict: bool | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class ReasoningWish:
    """How much a model is to think: by a word for it (none, minimal, low, medium, high, xhigh, max), or by
    tokens. `adaptive` leaves it to the model. `shown` is whether it is to be told what was thought, None if
    the client doesn't say.
    """

    effort: str | None = None
    budget_tokens: int | None = None
    adaptive: bool = False
    shown: bool | None = None

    @property
    def is_off(self) -> bool:
        return self.effort == "none" or self.budget_tokens == 0


@dataclass(frozen=True, slots=True)
class Conversation:
    """A request. `output_limit` is in tokens; `stop` what an answer ends before.

    `turns` include what the system and the developer say, wherever it stands. `user` is the client's name of
    its end user. `cache_key` is OpenAI's name for prompts that begin alike, `cache` a mark on the whole
    prompt (Anthropic's `cache_control` of a request). `wants_usage` is whether a stream is to report usage
    to the client, which Anthropic's and OpenAI's responses always do. `served_by` is the model's name at the
    provider, None if it isn't known: what a request may say depends on it.
    """

    model: str
    turns: tuple[Turn, ...]
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    output_limit: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop: tuple[str, ...] = ()
    output: JsonOutput | None = None
    reasoning: ReasoningWish | None = None
    verbosity: str | None = None
    streams: bool = False
    wants_usage: bool = True
    user: str | None = None
    service_tier: str | None = None
    cache_key: str | None = None
    cache: CachePoint | None = None
    served_by: str | None = None
