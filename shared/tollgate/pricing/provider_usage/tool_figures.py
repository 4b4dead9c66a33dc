"""How often a provider says, in a usage object, that it ran tools of its own."""

from __future__ import annotations

from typing import Any

from tollgate.pricing.provider_usage.lenient_counts import count, members

# Anthropic's and OpenRouter's. What else they count has no fee: fetching a page costs its tokens alone.
_REQUESTS = {"web_search_requests": "web_search"}
# xAI's successful calls, by which it bills; Mistral's and Alibaba's name tools as they are.
_CALLS = {
    "web_search_calls": "web_search",
    "x_search_calls": "x_search",
    "code_interpreter_calls": "code_interpreter",
    "file_search_calls": "file_search",
    "document_search_calls": "document_search",
    "image_generation_calls": "image_generation",
}
_NAMED = {
    "web_search": "web_search",
    "web_search_premium": "web_search_premium",
    "search": "web_search",
    "code_interpreter": "code_interpreter",
    "image_generation": "image_generation",
    "document_library": "document_library",
}
_PLACES = {
    "server_tool_use": _REQUESTS,
    "server_tool_use_details": _REQUESTS,
    "server_side_tool_usage": _CALLS,
    "server_side_tool_usage_details": _CALLS,
    "x_tools": _NAMED,
    "plugins": _NAMED,
    "connectors": _NAMED,
}
# Perplexity's searches and xAI's sources of a live search, each of which is billed.
_SEARCHES = ("num_search_queries", "num_sources_used")


def read(holder: dict[str, Any]) -> dict[str, int]:
    """Calls by tool, as far as they are told; zero where a provider says so."""
    calls: dict[str, int] = {}
    for place, tools in _PLACES.items():
        if place not in holder:
            continue
        told = members(holder.get(place))
        for name, tool in tools.items():
            times = _times(told.get(name))
            if times is not None:
                calls[tool] = max(times, calls.get(tool, 0))
    for name in _SEARCHES:
        searches = count(holder.get(name))
        if searches and not calls.get("web_search"):
            calls["web_search"] = searches
    return calls


def _times(told: Any) -> int | None:
    return count(members(told).get("count")) if isinstance(told, dict) else count(told)
