"""What no API of OpenAI's can carry of a request for one of Anthropic's messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_proxy.translation.losses import Loss

if TYPE_CHECKING:
    from collections.abc import Mapping

_ONLY_CLAUDE = "is known to Claude alone"
_HOSTED = "can't be used, because Anthropic would have to run it"
_STORED = "names what Anthropic stores, which another provider can't read"
_LOOSE = "can't be held to under all circumstances: OpenAI wants all members required for that"
_NO_HINT = "is a hint that another provider has no use for"

_REFUSED = {
    "max_tokens": "can't be 0, because another provider has no way to cache a prompt without an answer",
    "mcp_servers": _HOSTED,
    "container": _HOSTED,
    "tools[].type": "names a tool that only Anthropic defines or runs",
    "tools[].allowed_callers": "can't be kept to: code that would call the tool runs at Anthropic",
    "messages[].content[].caller": "says that code at Anthropic has called the tool",
    "messages[].content[].source.file_id": _STORED,
    "messages[].content[].container_upload": _STORED,
    "messages[].content[].compaction": "is encrypted, so that only Anthropic can read it",
    "messages[].content[].citations.enabled": "asks for citations, which only Claude gives in this way",
    "messages[].content[].tool_addition": "changes the tools in the middle of a conversation",
    "messages[].content[].tool_removal": "changes the tools in the middle of a conversation",
    "messages[].content[].browser_state": "belongs to a tool that only Claude knows",
    "messages[].clear_at": "can't be kept to by another provider",
    "compaction": "asks for a summary that only Anthropic makes and reads",
    "thread": _STORED,
    "inference_geo": "can't be kept to by another provider",
    "billing_policy": "can't be kept to: Anthropic would bill another organization",
}
_LEFT_OUT = {
    "context_management": "has no effect: the whole conversation is sent",
    "diagnostics": _NO_HINT,
    "fallbacks": "names other models of Anthropic's",
    "fallback_credit_token": "lowers a price of Anthropic's",
    "speed": _ONLY_CLAUDE,
    "user_profile_id": "names a profile at Anthropic",
    "top_k": "has no equivalent in OpenAI's APIs",
    "thinking.block_binding": _ONLY_CLAUDE,
    "output_config.format": _LOOSE,
    "output_format": _LOOSE,
    "output_config.task_budget": _ONLY_CLAUDE,
    "messages[].output_config": "is for one turn only, which another provider doesn't tell apart",
    "messages[].content[].citations": "belongs to an answer of Claude's",
    "messages[].content[].transformations": _NO_HINT,
    "messages[].content[].server_tool_use": "is of a tool that Anthropic ran",
    "messages[].content[].mcp_tool_use": "is of a tool that Anthropic ran",
    "messages[].content[].mcp_tool_result": "is of a tool that Anthropic ran",
    "messages[].content[].mcp_tool_listing": "is of a tool that Anthropic ran",
    "messages[].content[].web_search_tool_result": "is encrypted, so that only Anthropic can read it",
    "messages[].content[].web_fetch_tool_result": "is of a tool that Anthropic ran",
    "messages[].content[].advisor_tool_result": "is of a tool that Anthropic ran",
    "messages[].content[].tool_search_tool_result": "is of a tool that Anthropic ran",
    "messages[].content[].code_execution_tool_result": "is of a tool that Anthropic ran",
    "messages[].content[].bash_code_execution_tool_result": "is of a tool that Anthropic ran",
    "messages[].content[].text_editor_code_execution_tool_result": "is of a tool that Anthropic ran",
    "tools[].tool_search_tool": "isn't needed: all tools are told to the model from the start",
    "tools[].advisor": _HOSTED,
    "tools[].strict": _LOOSE,
    "tools[].defer_loading": "has no effect: all tools are told to the model from the start",
    "tools[].eager_input_streaming": _NO_HINT,
    "tools[].input_examples": "has no equivalent",
}

TABLE: Mapping[str, Loss] = {
    "reasoning": Loss("can't be turned off, or on, for every model", member="thinking"),
    **{name: Loss(why, refused=True) for name, why in _REFUSED.items()},
    **{name: Loss(why) for name, why in _LEFT_OUT.items()},
}
