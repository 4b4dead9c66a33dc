"""The tools of a request for a message, and how they are to be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation import custom_tools
from tollgate_proxy.translation.conversation import Choosing, ToolCall
from tollgate_proxy.translation.messages.writing import output_schemas
from tollgate_proxy.translation.messages.writing.cache_marks import mark

if TYPE_CHECKING:
    from tollgate_proxy.translation.conversation import Conversation, Tool
    from tollgate_proxy.translation.losses import Losses
    from tollgate_proxy.translation.messages.writing.claude_models import ClaudeModel

_FORCING = (Choosing.REQUIRED, Choosing.NAMED)
_OPEN = {"type": "object"}


def are_forced(conversation: Conversation, model: ClaudeModel) -> bool:
    """Whether the model is to be made to call a tool, and can be."""
    choice = conversation.tool_choice
    return choice is not None and choice.choosing in _FORCING and model.forced and bool(conversation.tools)


def written(conversation: Conversation, model: ClaudeModel, losses: Losses) -> dict[str, Any]:
    """`tools` and `tool_choice`, as far as there are any."""
    tools = [_written(tool, model, losses) for tool in _choosable(conversation)]
    if not tools:
        return _of_calls(conversation)
    choice = _choice(conversation, model, losses)
    return {"tools": tools} if choice is None else {"tools": tools, "tool_choice": choice}


def _choosable(conversation: Conversation) -> tuple[Tool, ...]:
    """The tools among which a choice is: of several that are named there is no other way to say it."""
    choice = conversation.tool_choice
    if choice is None or choice.choosing is not Choosing.NAMED or len(choice.names) == 1:
        return conversation.tools
    return tuple(tool for tool in conversation.tools if tool.name in choice.names)


def _written(tool: Tool, model: ClaudeModel, losses: Losses) -> dict[str, Any]:
    tool = custom_tools.as_function(tool)
    made: dict[str, Any] = {"name": tool.name}
    if tool.description:
        made["description"] = tool.description
    made["input_schema"] = {**_OPEN, **(tool.parameters or {})}
    if tool.strict:
        held = output_schemas.fitted(made["input_schema"]) if model.structured else None
        if held is None:
            losses.lose("strict")
        else:
            made |= {"input_schema": held, "strict": True}
    return mark(made, tool.cache)


def _choice(conversation: Conversation, model: ClaudeModel, losses: Losses) -> dict[str, Any] | None:
    choice = conversation.tool_choice
    one = {"disable_parallel_tool_use": True} if conversation.parallel_tool_calls is False else {}
    if choice is None:
        return {"type": "auto", **one} if one else None
    if choice.choosing is Choosing.NONE:
        return {"type": "none"}
    if choice.choosing in _FORCING and not model.forced:
        losses.lose("tool_choice")
        return {"type": "auto", **one}
    if choice.choosing is Choosing.NAMED and len(choice.names) == 1:
        return {"type": "tool", "name": choice.names[0], **one}
    return {"type": "auto" if choice.choosing is Choosing.AUTO else "any", **one}


def _of_calls(conversation: Conversation) -> dict[str, Any]:
    """The tools that were called before, of a client that has none any more: calls need their tools."""
    names = {
        part.name: None for turn in conversation.turns for part in turn.parts if isinstance(part, ToolCall)
    }
    if not names:
        return {}
    tools = [{"name": name, "input_schema": _OPEN} for name in names]
    return {"tools": tools, "tool_choice": {"type": "none"}}
