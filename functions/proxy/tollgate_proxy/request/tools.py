"""The tools of a request: which of them the client runs, and which the provider.

A tool that the provider runs may have it call the model again, with an input that nobody has seen, and may
have a fee. What isn't known counts as such a tool.

Sources: the tool types of OpenAI's and Anthropic's API references, OpenAI's guides "Shell" and "Tool search",
Anthropic's "Tool use" and "Tool search tool", OpenRouter's "Server tools", Moonshot's "Use Kimi API's
internet search", Google's "Function calling".
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from tollgate.pricing.vendors import Vendor
from tollgate_proxy.request.request_numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Tools whose whole definition is in the request.
_DESCRIBED = frozenset({"function", "custom"})
# Tools that OpenAI or Anthropic have defined, and the client runs.
_DEFINED = frozenset({"local_shell", "apply_patch", "computer", "computer_use_preview"})
# The same, in versions by date.
_DEFINED_VERSIONS = (
    "bash_20",
    "browser_toolset_20",
    "computer_20",
    "computer_toolset_20",
    "memory_20",
    "text_editor_20",
)
# Tools that the provider runs at no price but that of the tokens: remote MCP, tool search, fetching a page.
_WITHOUT_FEE = frozenset({"mcp", "mcp_toolset", "tool_search", "programmatic_tool_calling"})
_VERSIONS_WITHOUT_FEE = ("tool_search_tool_", "web_fetch_20")
# What is in a tool that has no type: Anthropic's own, and functions as Google and older clients write them.
_UNTYPED = ("input_schema", "parameters", "name", "function", "functionDeclarations", "function_declarations")

# Members by which the provider runs tools, or searches, without a tool's being named, and whether that has a
# fee: chat completions' search (OpenAI, xAI, OpenRouter, Alibaba, Groq), Anthropic's MCP connector, and
# OpenAI's prompt templates, which may have tools.
_RUNNERS = {
    "web_search_options": True,
    "search_parameters": True,
    "enable_search": True,
    "search_settings": True,
    "compound_custom": True,
    "plugins": True,
    "mcp_servers": False,
    "prompt": True,
}

# What of a conversation brings tools along: OpenAI's items, and Anthropic's block.
_BRINGING = ("additional_tools", "tool_search_output")
_ADDING = "tool_addition"


class HostedTool(NamedTuple):
    """A tool that the provider runs itself, any tool if `type` is empty.

    `place` is the member that asks for it, as `tools[2]`; `uses` is the client's limit on how often it runs.
    `has_fee` says that it may cost more than its tokens.
    """

    type: str
    param: str
    has_fee: bool
    uses: int | None = None


def hosted(members: Mapping[str, Any], vendors: frozenset[Vendor] = frozenset()) -> list[HostedTool]:
    """The tools that any of the providers runs itself; raises `RefusedError` for a limit that is none.

    `vendors` are those of the providers that may be asked: OpenRouter runs every shell.
    """
    found = [
        HostedTool("", name, has_fee)
        for name, has_fee in _RUNNERS.items()
        if members.get(name) not in (None, False, [], "")
    ]
    for place, tool in within(members):
        kind = type_of(tool)
        if not _is_run_by_client(kind, tool, vendors):
            uses = count(tool.get("max_uses"), f"{place}.max_uses", stays=True)
            found.append(HostedTool(kind, place, _has_fee(kind), uses))
    return found


def within(members: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each tool of a request with its place, those inside namespaces and those a conversation brings, too."""
    pending = deque(_listed(members.get("tools"), "tools") + _brought(members))
    while pending:
        place, tool = pending.popleft()
        if tool.get("type") == "namespace":
            pending += _listed(tool.get("tools"), f"{place}.tools")
        else:
            yield place, tool


def are_given(members: Mapping[str, Any]) -> bool:
    """Whether a request has any tools, by whatever name."""
    return bool(members.get("tools") or members.get("functions")) or bool(_brought(members))


def is_defined(tool: Mapping[str, Any]) -> bool:
    """Whether a tool's definition is the vendor's, so that none of it is in the request."""
    kind = type_of(tool)
    return kind in _DEFINED or kind == "shell" or kind.startswith(_DEFINED_VERSIONS)


def type_of(tool: Mapping[str, Any]) -> str:
    """A tool's type; of one that has none the member that names it, as in `{"google_search": {}}`.

    Moonshot's builtin functions are named as its reference names them, but for their `$`.
    """
    kind = tool.get("type")
    if kind == "builtin_function":
        function = tool.get("function")
        name = function.get("name") if isinstance(function, dict) else None
        return name.lstrip("$") if isinstance(name, str) and name.lstrip("$") else "builtin_function"
    if kind is not None:
        return str(kind)
    return "function" if any(name in tool for name in _UNTYPED) else next(iter(tool), "")


def _is_run_by_client(kind: str, tool: Mapping[str, Any], vendors: frozenset[Vendor]) -> bool:
    if tool.get("type") == "builtin_function":
        return False
    if kind == "shell":
        return _is_local(tool.get("environment")) and Vendor.OPENROUTER not in vendors
    if kind == "tool_search":
        return tool.get("execution") == "client"
    return kind in _DESCRIBED or kind in _DEFINED or kind.startswith(_DEFINED_VERSIONS)


def _is_local(environment: Any) -> bool:
    return environment is None or (isinstance(environment, dict) and environment.get("type") == "local")


def _has_fee(kind: str) -> bool:
    return kind not in _WITHOUT_FEE and not kind.startswith(_VERSIONS_WITHOUT_FEE)


def _brought(members: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The tools that a conversation brings along, which a provider takes as if they were in `tools`."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    items = members.get("input")
    for at, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict) and item.get("type") in _BRINGING:
            found += _listed(item.get("tools"), f"input[{at}].tools")
    messages = members.get("messages")
    for at, message in enumerate(messages if isinstance(messages, list) else ()):
        content = message.get("content") if isinstance(message, dict) else None
        if isinstance(content, list):
            found += _added(content, f"messages[{at}].content")
    return found


def _added(content: list[Any], place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for at, part in enumerate(content):
        if isinstance(part, dict) and part.get("type") == _ADDING and isinstance(part.get("tool"), dict):
            definition = part["tool"].get("definition")
            if isinstance(definition, dict):
                yield f"{place}[{at}].tool.definition", definition


def _listed(value: Any, place: str) -> list[tuple[str, Mapping[str, Any]]]:
    if not isinstance(value, list):
        return []
    return [(f"{place}[{at}]", each) for at, each in enumerate(value) if isinstance(each, dict)]
