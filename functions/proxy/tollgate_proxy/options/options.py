"""What a request asks for that changes what its provider charges.

Sources: OpenAI's API reference (`service_tier`, `background_options`, `prompt_cache_options`, `prompt`,
`modalities`), Anthropic's (`service_tier`, `speed`, `inference_geo`, `cache_control`, `fallbacks`), Groq's
"Service tiers" and "Compound", OpenRouter's API reference (`provider`, `preset`, `image_config`), Google's
"OpenAI compatibility" (`extra_body`), Amazon's Bedrock API (`performanceConfig`).
`tollgate_proxy.options.fees` has those of tools and searches.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from tollgate.lean_dataclass import dataclass
from tollgate.pricing.bill import ServingModes
from tollgate.pricing.price_versions import label
from tollgate.pricing.usage import TOKEN_CLASSES, Occurrence, TokenClass
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.bounds import media
from tollgate_proxy.options import fees
from tollgate_proxy.options.fees import snake
from tollgate_proxy.options.requested_options import OFF, OptionKind, OptionScope, RequestedOption, invalid
from tollgate_proxy.request import tools
from tollgate_proxy.request.member_names import CHOICES, OUTPUT_LIMITS
from tollgate_proxy.request.request_numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Set

    from tollgate.pricing.price_versions import PriceVersion
    from tollgate.pricing.vendors import Vendor

# What needs no price: the usual tier, speed and place, by the names that vendors have for them.
USUAL_TIERS = frozenset({"", "auto", "default", "standard", "standard_only", "on_demand"})
USUAL_GEOS = frozenset({"", "global", "default", "auto", "not_available"})
_LEFT_TO_PROVIDER = frozenset({"", "auto"})
# Tiers that nobody is served at who doesn't ask for them.
_ONLY_IF_ASKED = frozenset({"batch", "fast", "ultrafast"})

# How often a tool runs that nothing limits: see `tollgate_proxy.bounds.call_bounds`.
_CALLS_UNSTATED = 10

_USUAL_TTL = "5m"
_HOUR_TTL = "1h"
_USUAL_PROMPT_TTL = "30m"
_CACHES = ("cache_control", "caching")
# What a client describes or has been answered: members of the same names mean something else in there.
_DESCRIPTIONS = frozenset({"input_schema", "parameters", "arguments", "schema"})

# Objects whose members a provider reads as if they were the request's own.
_ENVELOPES = ("extra_body", "google", "venice_parameters")
# What Tollgate reads, or sets, at its place in the request alone.
_ONLY_AT_TOP = frozenset(
    {
        *OUTPUT_LIMITS,
        *CHOICES,
        "model",
        "models",
        "fallbacks",
        "messages",
        "input",
        "stream",
        "stream_options",
        "max_tool_calls",
        "prediction",
        "background",
    }
)
# What leaves it to the provider, or to what it has stored, who serves a request with which tools.
_OPAQUE = {
    "provider": OptionKind.OPAQUE_TIER,
    "provider_options": OptionKind.OPAQUE_TIER,
    "prompt": OptionKind.OPAQUE_TOOL,
    "preset": OptionKind.OPAQUE_TOOL,
    "compound_custom": OptionKind.OPAQUE_TOOL,
    "router": OptionKind.OPAQUE_MODEL,
    "context_window_fallbacks": OptionKind.OPAQUE_MODEL,
    "content_policy_fallbacks": OptionKind.OPAQUE_MODEL,
}
# OpenAI's, which cost nothing.
_FREE_MODERATION = ("omni-moderation", "text-moderation")
_MODALITIES = ("modalities", "response_modalities")
_OUTPUTS = {"image": TokenClass.OUTPUT_IMAGE, "audio": TokenClass.OUTPUT_AUDIO}
_IMAGE_SETTINGS = ("image_config", "image_generation_config")

# All members of a request that are read for what they ask for.
MEMBERS = frozenset(
    {
        *("service_tier", "speed", "performance_config", "background_options", "inference_geo"),
        *("prompt_cache_options", "audio", "fallbacks", "moderation"),
        *_ENVELOPES,
        *_OPAQUE,
        *_MODALITIES,
        *_IMAGE_SETTINGS,
        *fees.MEMBERS,
    }
)


@dataclass(frozen=True, slots=True)
class Options:
    """A request's options.

    `leaves_tier` and `leaves_geo` say that the provider may choose. `classes` are those of the tokens that
    can occur, `ttls` the lifetimes of the caches that it writes. A tool that it doesn't limit by itself runs
    `tool_calls` times at most.
    """

    requested: tuple[RequestedOption, ...] = ()
    leaves_tier: bool = True
    leaves_geo: bool = True
    classes: frozenset[TokenClass] = frozenset(TokenClass)
    ttls: frozenset[str] = frozenset()
    tool_calls: int = _CALLS_UNSTATED

    def of_kinds(self, *kinds: OptionKind) -> tuple[RequestedOption, ...]:
        return tuple(option for option in self.requested if option.kind in kinds)

    def first(self, kind: OptionKind) -> str | None:
        """What is asked for of a kind, by the name that the request has for it."""
        return next((option.name for option in self.requested if option.kind is kind), None)

    @property
    def caches_for_hours(self) -> bool:
        """Whether all that it writes to caches is kept for an hour."""
        return self.ttls == {_HOUR_TTL}

    def serving_modes(
        self, prices: Iterable[PriceVersion], speeds: Set[str | None] = frozenset()
    ) -> ServingModes:
        """How it may be served at any of the prices; `speeds` are those of further models."""
        tiers: set[str | None] = {None, *(option.name for option in self.of_kinds(OptionKind.TIER))}
        if "fast" in tiers:
            tiers.add("priority")  # which is what OpenAI's answers call it
        if self.leaves_tier:
            known = {name for price in prices for name in (*price.service_tiers, *price.service_tier_rates)}
            tiers |= known - _ONLY_IF_ASKED
        return ServingModes(
            tiers=frozenset(tiers),
            speeds=frozenset({None, *speeds, *(option.name for option in self.of_kinds(OptionKind.SPEED))}),
            geos=None
            if self.leaves_geo
            else frozenset({None, *(option.name for option in self.of_kinds(OptionKind.GEO))}),
            classes=self.classes,
        )


NO_OPTIONS = Options()


def read(
    members: Mapping[str, Any], vendors: frozenset[Vendor] = frozenset(), text: str | None = None
) -> Options:
    """What a request of any API asks for; raises `RefusedError` for values of the wrong type.

    `vendors` are those of the providers that may be asked, `text` is what the members were read from.
    """
    scopes = list(_scopes(members))
    requested: list[RequestedOption] = []
    for scope in scopes:
        requested += [*_ways(scope), *_outputs(scope), *fees.paid_tools_in(scope, vendors), *_opaque(scope)]
    ttls = list(_ttls(members)) if text is None or _may_name_caches(text) else []
    requested += [_lifetime(ttl, place) for ttl, place in ttls if ttl != _USUAL_TTL]
    _require_one(requested, OptionKind.TIER, OptionKind.SPEED, OptionKind.GEO)
    top = scopes[0].members
    return Options(
        tuple(dict.fromkeys(requested)),
        leaves_tier=label(top.get("service_tier")) in _LEFT_TO_PROVIDER,
        leaves_geo=top.get("inference_geo") is None,
        classes=_classes(members, scopes, requested, vendors),
        ttls=frozenset(ttl for ttl, _ in ttls),
        tool_calls=count(members.get("max_tool_calls"), "max_tool_calls") or _CALLS_UNSTATED,
    )


def _scopes(members: Mapping[str, Any]) -> Iterator[OptionScope]:
    """The request, and the objects within that are read like it."""
    pending = [("", members)]
    while pending:
        prefix, found = pending.pop()
        scope = OptionScope(prefix, _in_snake_case(found, prefix))
        if prefix and (misplaced := sorted(_ONLY_AT_TOP & scope.members.keys())):
            place = f"{prefix}{misplaced[0]}"
            message = f"`{place}` isn't supported: set `{misplaced[0]}` at the top level of the request."
            raise RefusedError(Reason.INVALID_PARAMETER, message, param=place)
        yield scope
        pending += [
            (f"{prefix}{name}.", scope.object(name)) for name in _ENVELOPES if scope.members.get(name)
        ]


def _in_snake_case(members: Mapping[str, Any], prefix: str) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for name, value in members.items():
        if snake(name) in found and snake(name) in MEMBERS:
            message = f"`{prefix}{snake(name)}` is given twice."
            raise RefusedError(Reason.INVALID_PARAMETER, message, param=f"{prefix}{name}")
        found.setdefault(snake(name), value)
    return found


def _ways(scope: OptionScope) -> Iterator[RequestedOption]:
    """The tier, the speed and the place that a request asks for."""
    performance = OptionScope(f"{scope.prefix}performance_config.", scope.object("performance_config"))
    background = OptionScope(f"{scope.prefix}background_options.", scope.object("background_options"))
    for kind, holder, name, usual in (
        (OptionKind.TIER, scope, "service_tier", USUAL_TIERS),
        (OptionKind.SPEED, scope, "speed", USUAL_TIERS),
        (OptionKind.SPEED, performance, "latency", USUAL_TIERS),
        (OptionKind.SPEED, background, "completion_window", frozenset({"", "soonest"})),
        (OptionKind.GEO, scope, "inference_geo", USUAL_GEOS),
    ):
        asked = holder.text(name)
        if label(asked) not in usual:
            named = f"background_{asked}" if holder is background else asked
            yield RequestedOption(kind, named or "", f"{holder.prefix}{name}")
    ttl = scope.object("prompt_cache_options").get("ttl")
    if ttl not in (None, _USUAL_PROMPT_TTL):
        yield RequestedOption(OptionKind.OPAQUE_TIER, str(ttl), f"{scope.prefix}prompt_cache_options.ttl")


def _require_one(requested: list[RequestedOption], *kinds: OptionKind) -> None:
    """Refuses two tiers, or two of another kind, and a tier that is asked for as a speed, too."""
    found = [option for option in requested if option.kind in kinds]
    for option, other in combinations(found, 2):
        if (option.kind is other.kind) is not (option.name == other.name):
            message = f"`{option.param}` and `{other.param}` can't be combined."
            raise RefusedError(Reason.INVALID_PARAMETER, message, param=other.param)


def _outputs(scope: OptionScope) -> Iterator[RequestedOption]:
    for name in _MODALITIES:
        modalities = scope.members.get(name)
        if modalities is not None and not _is_list_of_names(modalities):
            raise invalid(f"{scope.prefix}{name}", "a list of strings")
        asked = {each.lower() for each in modalities or ()} - {"text"}
        yield from (
            RequestedOption(OptionKind.OUTPUT, each, f"{scope.prefix}{name}") for each in sorted(asked)
        )
    if scope.members.get("audio") not in OFF:
        yield RequestedOption(OptionKind.OUTPUT, "audio", f"{scope.prefix}audio")
    for name in _IMAGE_SETTINGS:
        if scope.members.get(name):
            yield RequestedOption(OptionKind.OUTPUT, "image", f"{scope.prefix}{name}")


def _is_list_of_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _opaque(scope: OptionScope) -> Iterator[RequestedOption]:
    for name, kind in _OPAQUE.items():
        if scope.members.get(name) not in (*OFF, {}):
            yield RequestedOption(kind, name, f"{scope.prefix}{name}")
    fallbacks = scope.members.get("fallbacks")
    if isinstance(fallbacks, str) and fallbacks:
        yield RequestedOption(OptionKind.OPAQUE_MODEL, fallbacks, f"{scope.prefix}fallbacks")
    moderation = scope.object("moderation").get("model")
    if moderation is not None and not str(moderation).startswith(_FREE_MODERATION):
        yield RequestedOption(OptionKind.OPAQUE_MODEL, str(moderation), f"{scope.prefix}moderation.model")


def _may_name_caches(text: str) -> bool:
    """Whether it is worth looking through a long conversation; names may be written with escapes."""
    return any(part in text for part in (*_CACHES, "\\u"))


def _ttls(members: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """How long each part of the prompt is to be kept in a cache, with the member that says so."""
    pending: list[Any] = [members]
    while pending:
        part = pending.pop()
        if isinstance(part, list):
            # Lists of numbers are tokens, or what comes of embedding them: there may be millions.
            pending += part if part and not isinstance(part[0], (int, float)) else ()
        elif isinstance(part, dict):
            for name in _CACHES:
                control = part.get(name)
                if isinstance(control, dict):
                    yield str(control.get("ttl") or _USUAL_TTL), f"{name}.ttl"
            described = _DESCRIPTIONS | {"input"} if part.get("type") == "tool_use" else _DESCRIPTIONS
            pending += [
                value
                for name, value in part.items()
                if isinstance(value, (dict, list)) and name not in described
            ]


def _lifetime(ttl: str, place: str) -> RequestedOption:
    return RequestedOption(OptionKind.CACHE if ttl == _HOUR_TTL else OptionKind.OPAQUE_TIER, ttl, place)


def class_of(option: RequestedOption) -> TokenClass | None:
    """The class of the tokens that an output, or a cache's lifetime, is billed as; None if there is none."""
    return TokenClass.CACHE_WRITE_1H if option.kind is OptionKind.CACHE else _OUTPUTS.get(option.name)


def _classes(
    members: Mapping[str, Any],
    scopes: list[OptionScope],
    requested: list[RequestedOption],
    vendors: frozenset[Vendor],
) -> frozenset[TokenClass]:
    """The classes of tokens that a request can use: what is as dear as text needn't be told apart."""
    asked = {class_of(option) for option in requested if option.kind in (OptionKind.CACHE, OptionKind.OUTPUT)}
    ruled_out = {Occurrence.IF_ASKED}
    if any(scope.members.get(name) for scope in scopes for name in _MODALITIES):
        ruled_out.add(Occurrence.UNLESS_OTHER_OUTPUT_IS_ASKED)
    if not _may_have_media(members, vendors):
        ruled_out.add(Occurrence.WITH_MEDIA)
    return frozenset(
        each for each, spec in TOKEN_CLASSES.items() if each in asked or spec.occurs not in ruled_out
    )


def _may_have_media(members: Mapping[str, Any], vendors: frozenset[Vendor]) -> bool:
    """Whether the prompt may hold more than text: parts of its own, what is stored, what tools bring."""
    given = members.get("input")
    if isinstance(given, list) and given and isinstance(given[0], (int, list)):
        return False  # tokens to be embedded, maybe millions of them
    stored = members.get("previous_response_id") or members.get("conversation")
    return bool(stored) or any(media.within(members)) or bool(tools.hosted(members, vendors))
