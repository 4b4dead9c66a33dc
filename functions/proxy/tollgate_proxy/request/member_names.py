"""The names of a request's members that Tollgate reads or sets, and what a provider might take for them.

JSON's names are case-sensitive, but not every parser's are. Go's `encoding/json` takes `Model` for `model`,
also with a long s or a Kelvin sign (https://pkg.go.dev/encoding/json#Unmarshal), parsers of protobuf's JSON
take `maxTokens` for `max_tokens` (https://protobuf.dev/programming-guides/json/), others ignore case by all
of Unicode's rules, or end a name at a NUL. Whoever spells a name so asks for what Tollgate wouldn't see.

Whatever reads a new member declares it here; a test goes through the proxy's source for those that aren't.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_INPUT_MEMBERS = (
    "background",
    "conversation",
    "functions",
    "input",
    "instructions",
    "messages",
    "model",
    "prediction",
    "previous_response_id",
    "prompt",
    "response_format",
    "store",
    "stream",
    "stream_options",
    "include_usage",
    "system",
    "text",
    "thread",
    "tool_choice",
    "tools",
)
# Limits on the output in tokens, by whose name: OpenAI's, Hugging Face's (TGI, SGLang, watsonx), Ollama's,
# llama.cpp's, Anthropic's of old, Meta's and Amazon's (Bedrock), SambaNova's, NVIDIA's (NeMo, Triton),
# Aleph Alpha's; and others that mean nothing else.
OUTPUT_LIMITS = (
    *("max_completion_tokens", "max_tokens", "max_output_tokens"),
    *("max_new_tokens", "num_predict", "n_predict", "max_tokens_to_sample", "max_gen_len", "max_token_count"),
    *("max_tokens_to_generate", "tokens_to_generate", "request_output_len", "max_decode_steps"),
    *("maximum_tokens", "max_response_tokens", "max_generated_tokens", "max_generation_tokens"),
    *("max_output_length", "max_completion_length", "max_new_token", "max_output_token"),
)
# How many outputs there are to be: OpenAI's, Hugging Face's, Google's, llama.cpp's, Cohere's, Triton's.
CHOICES = (
    *("n", "best_of", "num_return_sequences", "candidate_count", "sample_count", "n_cmpl"),
    *("num_generations", "num_completions", "num_outputs", "num_responses", "num_choices", "n_choices"),
    *("num_samples", "num_beams", "beam_width"),
)
_LIMIT_MEMBERS = (
    *OUTPUT_LIMITS,
    *CHOICES,
    "budget_tokens",
    "compaction",
    "context_management",
    "edits",
    "effort",
    "max_num_results",
    "max_results",
    "max_tool_calls",
    "max_uses",
    "output_config",
    "reasoning",
    "reasoning_effort",
    "task_budget",
    "thinking",
)
_PRICE_MEMBERS = (
    "anthropic_beta",
    "background_options",
    "betas",
    "billing_policy",
    "cache_control",
    "caching",
    "extra_headers",
    "inference_geo",
    "performance_config",
    "preset",
    "prewarm",
    "prompt_cache_options",
    "prompt_cache_retention",
    "provider",
    "provider_options",
    "scope",
    "service_tier",
    "speed",
    "ttl",
)
_HELPER_MEMBERS = (
    "compound_custom",
    "connectors",
    "container",
    "content_policy_fallbacks",
    "context_window_fallbacks",
    "data_sources",
    "enable_code_interpreter",
    "enable_deep_search",
    "enable_enhancement",
    "enable_search",
    "enable_web_scraping",
    "enable_web_search",
    "enable_x_search",
    "extra_body",
    "fallback_model",
    "fallback_models",
    "fallbacks",
    "force_search_enhancement",
    "google",
    "mcp_servers",
    "models",
    "moderation",
    "multi_agent",
    "plugins",
    "route",
    "router",
    "search_options",
    "search_parameters",
    "search_settings",
    "transforms",
    "venice_parameters",
    "web_search",
    "web_search_options",
)
_TOOL_MEMBERS = (
    "connector_id",
    "custom",
    "definition",
    "enable",
    "enabled",
    "environment",
    "execution",
    "function",
    "function_declarations",
    "max_search_results",
    "memory_limit",
    "mode",
    "partial_images",
    "quality",
    "search_context_size",
    "search_type",
    "server_url",
    "size",
    "skills",
    "svg",
    "tool",
    "type",
)
_CONTENT_MEMBERS = (
    "audio",
    "audio_url",
    "citations",
    "content",
    "data",
    "detail",
    "document",
    "encrypted_content",
    "file",
    "file_data",
    "file_id",
    "file_url",
    "format",
    "image",
    "image_config",
    "image_embeds",
    "image_generation_config",
    "image_url",
    "images",
    "inline_data",
    "input_audio",
    "media_type",
    "modalities",
    "output",
    "response_modalities",
    "role",
    "source",
    "url",
    "video",
    "video_url",
)

DECLARED = frozenset(
    (*_INPUT_MEMBERS, *_LIMIT_MEMBERS, *_PRICE_MEMBERS, *_HELPER_MEMBERS, *_TOOL_MEMBERS, *_CONTENT_MEMBERS)
)

# Members whose names are the client's own, or the model's: maps, JSON schemas, arguments, examples. Nobody
# reads a request's options there. A schema's `properties` are named here for schemas under other names.
FREE_FORM = frozenset(
    {
        "$defs",
        "args",
        "arguments",
        "attributes",
        "chat_template_kwargs",
        "configs",
        "definitions",
        "documents",
        "env",
        "examples",
        "guided_json",
        "headers",
        "input_examples",
        "input_schema",
        "labels",
        "logit_bias",
        "metadata",
        "output_schema",
        "patternProperties",
        "properties",
        "response_schema",
        "schema",
        "variables",
    }
)

# Longer ones aren't remembered, or clients could fill the memory with them.
_MAX_KNOWN_CHARACTERS = 64


def is_free_form(name: str, owner: Mapping[str, Any], *, at_top: bool) -> bool:
    """Whether the names within that member of `owner`, an object of the request, mean nothing to anybody."""
    if name == "input":
        return not at_top  # a tool's input, among the messages
    if name == "parameters":
        return not at_top and owner.get("type") in (None, "function")  # a function's schema
    return name in FREE_FORM


def declared_name(name: str) -> str | None:
    """The declared name that some parser might take another one for; None for what is nobody's."""
    if name in DECLARED:
        return None
    return _meant(name) if len(name) <= _MAX_KNOWN_CHARACTERS else _find(name)


def folded(name: str) -> str:
    """What is left of a name once nothing matters that any parser ignores."""
    if not (name.isascii() and name.isprintable()):
        # Upper case first: a dotless i is an I there, and no i in lower case.
        kept = (character for character in name.upper().casefold() if character.isprintable())
        name = "".join(kept).replace("\u0307", "")  # the dot that a dotted I leaves
    return name.casefold().replace("_", "").replace("-", "").replace(" ", "")


_BY_FOLD = {folded(name): name for name in DECLARED}


def _find(name: str) -> str | None:
    return _BY_FOLD.get(folded(name)) or _BY_FOLD.get(folded(name.partition("\0")[0]))


_meant = lru_cache(maxsize=4096)(_find)
