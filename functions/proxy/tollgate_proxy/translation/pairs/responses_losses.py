"""What of a request for a response no other API has a place for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_proxy.translation.losses import Loss

if TYPE_CHECKING:
    from collections.abc import Mapping

_STORED = "names what OpenAI has stored, which the model's provider can't read; send all of it in `input`"
_HOSTED = "is a tool that OpenAI runs, and the model's provider doesn't"
_COMPUTER = "is for OpenAI's models, which are made to use a computer in its own way"
_PAST = "is the work of a tool that OpenAI has run, and no other provider takes its account of that"
_SEALED = "is sealed by OpenAI, and the model's provider can't read it"
_CACHE = "is for OpenAI's cache of prompts"
_PROGRAMS = "is for programs that OpenAI runs"
_LOGPROBS = "isn't available, because an answer in translation has no log probabilities"
_UNKNOWN = "has no equivalent in the API of the model's provider"

# What isn't refused is a hint, or something that an answer of the same kind is possible without.
LOSSES: Mapping[str, Loss] = {
    "previous_response_id": Loss(_STORED, refused=True),
    "conversation": Loss(_STORED, refused=True),
    "prompt": Loss(_STORED, refused=True),
    "input[item_reference]": Loss(_STORED, refused=True),
    "input[].content[].file_id": Loss(
        "names a file that OpenAI has stored; send the file itself in `file_data` or `image_url`",
        refused=True,
    ),
    "background": Loss("isn't available for this model, which answers at once", refused=True),
    "moderation": Loss("isn't available for this model", refused=True),
    "top_logprobs": Loss(
        "isn't available, because no log probabilities come with a translation", refused=True
    ),
    "include[logprobs]": Loss(_LOGPROBS, refused=True),
    "input[].content[input_audio]": Loss("can't have audio for this model", refused=True),
    "input[computer_call]": Loss(_COMPUTER, refused=True),
    "input[computer_call_output]": Loss(_COMPUTER, refused=True),
    "input[mcp_approval_request]": Loss(_HOSTED, refused=True),
    "input[mcp_approval_response]": Loss(_HOSTED, refused=True),
    "input[compaction]": Loss(_SEALED, refused=True),
    "input[compaction_trigger]": Loss("isn't available for this model", refused=True),
    "input[configuration_update]": Loss("isn't available for this model", refused=True),
    "tools": Loss(_HOSTED, refused=True),
    "tool_choice[hosted]": Loss(
        "demands a tool that OpenAI runs, and the model's provider doesn't", refused=True
    ),
    "tools[file_search]": Loss(_HOSTED, refused=True),
    "tools[code_interpreter]": Loss(_HOSTED, refused=True),
    "tools[mcp]": Loss(_HOSTED, refused=True),
    "tools[shell]": Loss("runs where OpenAI does, and the model's provider has no containers", refused=True),
    "tools[computer]": Loss(_COMPUTER, refused=True),
    "tools[computer_use]": Loss(_COMPUTER, refused=True),
    "tools[computer_use_preview]": Loss(_COMPUTER, refused=True),
    "tools[web_search]": Loss(_HOSTED),
    "tools[image_generation]": Loss(_HOSTED),
    "tools[tool_search]": Loss(_HOSTED),
    "tools[programmatic_tool_calling]": Loss(_HOSTED),
    "tools[].allowed_callers": Loss(_PROGRAMS),
    "tools[].async": Loss(_UNKNOWN),
    "tools[].defer_loading": Loss("has no effect: the tool is there from the beginning"),
    "tools[].output_schema": Loss(_PROGRAMS),
    "input[web_search_call]": Loss(_PAST),
    "input[file_search_call]": Loss(_PAST),
    "input[code_interpreter_call]": Loss(_PAST),
    "input[image_generation_call]": Loss(_PAST),
    "input[mcp_list_tools]": Loss(_PAST),
    "input[mcp_call]": Loss(_PAST),
    "input[tool_search_call]": Loss(_PAST),
    "input[tool_search_output]": Loss(_PAST),
    "input[program]": Loss(_PAST),
    "input[program_output]": Loss(_PAST),
    "input[].phase": Loss("is a hint to OpenAI's models"),
    "input[].content[].annotations": Loss("cites what the model's provider can't read"),
    "input[].content[].detail": Loss(_UNKNOWN),
    "store": Loss("isn't available, because the model's provider stores no responses"),
    "metadata": Loss("isn't kept, because the model's provider stores no responses"),
    "client_metadata": Loss("is for OpenAI"),
    "include": Loss("is for tools that OpenAI runs"),
    "truncation": Loss("isn't available: a prompt that is too long is refused"),
    "context_management": Loss("isn't available: a prompt that is too long is refused"),
    "max_tool_calls": Loss("is for tools that OpenAI runs"),
    "prompt_cache_options": Loss(_CACHE),
    "prompt_cache_retention": Loss(_CACHE),
    "background_options": Loss("is for responses in the background"),
    "access_programs": Loss("is for OpenAI's programs of access"),
    "image": Loss("is for OpenAI's models"),
    "reasoning.context": Loss("is for OpenAI's models"),
    "reasoning.mode": Loss("is for OpenAI's models"),
}
