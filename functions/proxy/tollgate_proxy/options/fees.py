"""Tools and searches that a provider runs for a fee, outputs other than text, and what a price calls them.

A price names a tool without its version: `web_search` is also `web_search_20250305` and `web_search_preview`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tollgate.pricing.price_versions import label
from tollgate.pricing.usage import IMAGES_MADE
from tollgate.pricing.vendors import Vendor
from tollgate_proxy.options.requested_options import OFF, OptionKind, RequestedOption, invalid
from tollgate_proxy.request import tools
from tollgate_proxy.request.request_numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tollgate.pricing.price_versions import PriceVersion
    from tollgate_proxy.options.candidate import Candidate
    from tollgate_proxy.options.options import Options
    from tollgate_proxy.options.requested_options import OptionScope

# Members that switch a search or a tool on, and the tool that it is.
_SWITCHES = {
    # OpenAI's chat completions, and those that follow it
    "web_search_options": "web_search",
    # xAI
    "search_parameters": "web_search",
    # Alibaba
    "enable_search": "web_search",
    "search_options": "web_search",
    "enable_code_interpreter": "code_interpreter",
    # Groq
    "search_settings": "web_search",
    # Baidu, Zhipu, Venice, Tencent
    "web_search": "web_search",
    "enable_web_search": "web_search",
    "enable_web_scraping": "web_scraping",
    "enable_x_search": "x_search",
    "enable_enhancement": "web_search",
    "force_search_enhancement": "web_search",
    "enable_deep_search": "web_search",
    # Azure
    "data_sources": "data_sources",
}
_BOOLEANS = frozenset({"enable_search", "enable_code_interpreter"})
_OFF_MODES = frozenset({"off", "none", "disabled", "never"})
# xAI bills each source that it has read, of 20 at most unless the request says otherwise.
_SOURCES = 20
# Lists of plugins, by OpenRouter and MiniMax, and of connectors, by Cohere.
_LISTS = ("plugins", "connectors")

MEMBERS = frozenset({*_SWITCHES, *_LISTS, "tools"})

# Other names for a tool.
_ALIASES = {
    "web": "web_search",
    "live_search": "web_search",
    "browser_search": "web_search",
    "plugin_web_search": "web_search",
    "google_search": "web_search",
    "google_search_retrieval": "web_search",
    "enterprise_web_search": "web_search",
    "code_execution": "code_interpreter",
}
# Those of them that come in versions.
_IN_VERSIONS = ("google_search", "code_execution")
# Tools without a fee of their own that aren't known as such by their type alone.
_WITHOUT_FEE = frozenset(
    {"url_context", "datetime", "response_healing", "context_compression", "web_fetch", "advisor"}
)
# Tools that Google names by a member, next to functions or not.
_KEYED = frozenset(
    {
        "google_search",
        "google_search_retrieval",
        "enterprise_web_search",
        "google_maps",
        "retrieval",
        "vertex_ai_search",
        "file_search",
    }
)
# Perplexity searches whatever is asked, and its deep research about 30 times.
_SEARCHES = Counter({"web_search": 30})
# Sizes and kinds of search that Perplexity has another price for than the one of every request.
_DEARER_SEARCHES = {"search_context_size": ("medium", "high"), "search_type": ("pro", "auto")}
_MIN_CONTAINER = "1g"


def paid_tools_in(scope: OptionScope, vendors: frozenset[Vendor]) -> Iterator[RequestedOption]:
    """The tools that a provider would run for a fee; raises `RefusedError` for what can't be understood."""
    for name, tool in _SWITCHES.items():
        if _is_on(scope, name):
            yield RequestedOption(OptionKind.TOOL, tool, f"{scope.prefix}{name}", _sources(scope, name))
    for name in _LISTS:
        yield from _listed(scope, name)
    options = scope.members.get("web_search_options")
    for name, dearer in _DEARER_SEARCHES.items():
        value = options.get(name) if isinstance(options, dict) else None
        if value in dearer:
            yield RequestedOption(
                OptionKind.SEARCH, f"{name}_{value}", f"{scope.prefix}web_search_options.{name}"
            )
    yield from _tools(scope, vendors)


def _is_on(scope: OptionScope, name: str) -> bool:
    value = scope.members.get(name)
    if value in OFF:
        return False
    if name in _BOOLEANS and value is not True:
        raise invalid(f"{scope.prefix}{name}", "a boolean")
    mode = value.get("mode", value.get("enable")) if isinstance(value, dict) else value
    return mode is not False and not (isinstance(mode, str) and mode.lower() in _OFF_MODES)


def _sources(scope: OptionScope, name: str) -> int | None:
    """How many sources of a live search are billed at most."""
    if name != "search_parameters":
        return None
    most = count(scope.object(name).get("max_search_results"), f"{scope.prefix}{name}.max_search_results")
    return most or _SOURCES


def _listed(scope: OptionScope, name: str) -> Iterator[RequestedOption]:
    listed = scope.members.get(name)
    if listed in OFF:
        return
    if not isinstance(listed, list):
        raise invalid(f"{scope.prefix}{name}", "a list")
    for at, each in enumerate(listed):
        place = f"{scope.prefix}{name}[{at}]"
        named = each.get("id", each.get("type")) if isinstance(each, dict) else each
        if not isinstance(named, str):
            raise invalid(place, "the name of a plugin, or an object with its id")
        if isinstance(each, dict) and each.get("enabled") is False:
            continue
        if has_fee(named):
            yield RequestedOption(OptionKind.TOOL, named, place)


def _tools(scope: OptionScope, vendors: frozenset[Vendor]) -> Iterator[RequestedOption]:
    asked = scope.members.get("tools")
    if asked is not None and not isinstance(asked, list):
        raise invalid(f"{scope.prefix}tools", "a list")
    for tool in tools.hosted(scope.members, vendors):
        if tool.type and tool.has_fee and has_fee(tool.type):
            yield RequestedOption(OptionKind.TOOL, tool.type, f"{scope.prefix}{tool.param}", tool.uses)
    for place, each in tools.within(scope.members):
        for name, value in each.items():
            # One that is named by its type, too, is among those above.
            if value not in OFF and snake(name) in _KEYED and name != tools.type_of(each):
                yield RequestedOption(OptionKind.TOOL, snake(name), f"{scope.prefix}{place}.{name}")
        yield from _dearer(each, f"{scope.prefix}{place}")


def _dearer(tool: Mapping[str, Any], place: str) -> Iterator[RequestedOption]:
    """Settings of a tool that change what a call of it costs: who paints, how large a container is."""
    if tool.get("type") == "image_generation":
        svg = tool.get("svg")
        svg = svg if isinstance(svg, dict) else {}
        models = {"model": tool.get("model"), "svg.model": svg.get("model")}
        for name, model in models.items():
            if model is not None:
                yield RequestedOption(OptionKind.OPAQUE_TOOL, str(model), f"{place}.{name}")
    for name in ("container", "environment"):
        holder = tool.get(name)
        limit = holder.get("memory_limit") if isinstance(holder, dict) else None
        if limit not in (None, _MIN_CONTAINER):
            yield RequestedOption(OptionKind.OPAQUE_TOOL, str(limit), f"{place}.{name}.memory_limit")


def has_fee(kind: str) -> bool:
    name = _bare(kind)
    return not any(name == each or name.startswith(f"{each}_") for each in _WITHOUT_FEE)


def price_name(kind: str, price: PriceVersion) -> str | None:
    """What a price calls a tool, of several names the one that says most; None if it has no price for it."""
    bare = _bare(kind)
    for name in (bare, _ALIASES.get(bare), _alias_of_version(bare)):
        fitting = [each for each in price.tool_prices if name and is_called(name, each)]
        if fitting:
            return max(fitting, key=len)
    return None


def image_price_name(option: RequestedOption, price: PriceVersion) -> str | None:
    """What a price calls the images that are asked for; None where they have no price by the piece."""
    if option.image is None:
        return None
    # Few models paint: no start reads this for the others.
    from tollgate.pricing import image_prices  # noqa: PLC0415

    return image_prices.price_name(option.image, price.tool_prices)


def is_called(kind: str, name: str) -> bool:
    """Whether a tool goes by a name, that name being without its version."""
    return kind == name or kind.startswith(f"{name}_")


def names_of(kind: str) -> tuple[str, ...]:
    """The names that an answer may have for a tool that is asked for."""
    bare = _bare(kind)
    return tuple(filter(None, (bare, _ALIASES.get(bare), _alias_of_version(bare))))


def _alias_of_version(bare: str) -> str | None:
    return next((_ALIASES[name] for name in _IN_VERSIONS if bare.startswith(f"{name}_")), None)


def _bare(kind: str) -> str:
    """A type as prices spell it, without the vendor that OpenRouter puts before it."""
    return label(snake(kind).rpartition(":")[2])


def snake(name: str) -> str:
    """A name in snake case: `googleSearch` is `google_search`."""
    if name.islower():
        return name
    return "".join(f"_{each}" if each.isupper() and at else each for at, each in enumerate(name)).lower()


def max_calls(candidates: Iterable[Candidate], asked: Options, counted: Mapping[str, int]) -> dict[str, int]:
    """How often each tool that has a fee can run, by the candidates' names for it.

    `counted` are those that are counted by their types already; the rest goes by other names there, or runs
    without being asked for.
    """
    found = dict(counted)
    for candidate in candidates:
        for price in candidate.prices:
            calls = Counter[str]()
            for option in asked.of_kinds(OptionKind.TOOL):
                name = price_name(option.name, price)
                if name is not None and (option.uses is not None or name not in counted):
                    calls[name] += option.uses or asked.tool_calls
            calls |= _images(asked, price)
            if candidate.provider.vendor is Vendor.PERPLEXITY:
                calls |= Counter({option.name: 1 for option in asked.of_kinds(OptionKind.SEARCH)})
                calls |= _SEARCHES
            for name, most in calls.items():
                found[name] = max(found.get(name, 0), most)
    return found


def _images(asked: Options, price: PriceVersion) -> Counter[str]:
    """How many images there can be, by the name of their price, and as an answer's usage counts them."""
    found = Counter[str]()
    for option in asked.of_kinds(OptionKind.IMAGE):
        for name in (image_price_name(option, price), IMAGES_MADE):
            if name is not None:
                found[name] += option.uses or 1
    return found
