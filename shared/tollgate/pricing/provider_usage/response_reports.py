"""What an object of OpenAI's responses API reports, with the tools that it ran."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tollgate.pricing.provider_usage import reported_figures, token_classes
from tollgate.pricing.provider_usage.lenient_counts import label
from tollgate.pricing.provider_usage.reported_figures import Figures
from tollgate.pricing.vendors import Vendor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.pricing.provider_usage.usage_report import UsageReport

# Tools that a provider runs itself, by the type of item that a response shows them as.
_TOOL_ITEMS = {
    "web_search_call": "web_search",
    "file_search_call": "file_search",
    "code_interpreter_call": "code_interpreter",
    "image_generation_call": "image_generation",
}


def from_response(response: Any, vendor: Vendor = Vendor.OTHER) -> UsageReport:
    """What a whole response object comes to."""
    return report_of(figures_of(response), vendor)


def figures_of(response: Any) -> Figures:
    """The figures of a response. Where usage says how often a tool ran, that is what is billed."""
    if not isinstance(response, dict):
        return Figures()
    found = reported_figures.read(response.get("usage"), input_first=True)
    return replace(
        found,
        tool_calls={**_tool_calls(response.get("output")), **found.tool_calls},
        service_tier=label(response.get("service_tier")) or found.service_tier,
    )


def event_figures_of(event: Mapping[str, Any]) -> Figures:
    """The figures of a stream's event: of the response that it has, or its own."""
    response, usage = event.get("response"), event.get("usage")
    if isinstance(usage, dict):
        response = {"usage": usage, **(response if isinstance(response, dict) else {})}
    return figures_of(response)


def report_of(found: Figures, vendor: Vendor) -> UsageReport:
    # xAI's responses count reasoning within the output, other than its chats.
    return token_classes.report(found, Vendor.OTHER if vendor is Vendor.XAI else vendor)


def _tool_calls(items: Any) -> dict[str, int]:
    """How often each tool ran. Opening a page that a search has found is no search."""
    calls: Counter[str] = Counter()
    for item in items if isinstance(items, list) else []:
        if not isinstance(item, dict):
            continue
        tool = _TOOL_ITEMS.get(str(item.get("type")))
        action = item.get("action")
        kind = action.get("type", "search") if isinstance(action, dict) else "search"
        if tool is not None and (tool != "web_search" or kind == "search"):
            calls[tool] += 1
    return dict(calls)
