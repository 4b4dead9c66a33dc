"""By which API a model is asked: the client's where a target speaks that, another one's otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.catalog import spoken_apis
from tollgate.catalog.catalog import ProviderApi, ProviderType
from tollgate.pricing.vendors import Vendor
from tollgate_proxy.apis import registry
from tollgate_proxy.apis.routes import CallRoute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate.catalog.catalog import Model, Provider
    from tollgate_proxy.ports import Catalog

# The APIs of conversations, which are translated into each other.
_TRANSLATED = (ProviderApi.RESPONSES, ProviderApi.CHAT, ProviderApi.MESSAGES)
# Where a provider speaks several, the one that loses least there: its own first.
_OF_ANTHROPIC = (ProviderApi.MESSAGES, ProviderApi.RESPONSES, ProviderApi.CHAT)
_OF_OTHERS = (ProviderApi.CHAT, ProviderApi.RESPONSES, ProviderApi.MESSAGES)
# Whose responses are known to be served; others' may be no more than what their type could have.
_WITH_RESPONSES = frozenset({Vendor.OPENAI, Vendor.AZURE})


def serving(route: CallRoute, model: Model, catalog: Catalog) -> CallRoute:
    """The route itself if any of the model's targets speaks its API, or if none speaks one that it could be
    translated into.
    """
    api = route.api.name
    if api not in _TRANSLATED:
        return route
    others: list[ProviderApi] = []
    for provider in _providers(model, catalog):
        if spoken_apis.endpoint(provider, api) is not None:
            return route
        spoken = spoken_apis.spoken_by((provider,))
        others.extend(each for each in _preferred(provider) if each in spoken)
    if not others:
        return route
    return CallRoute(next(each for each in registry.APIS if each.name is others[0]))


def _providers(model: Model, catalog: Catalog) -> Iterator[Provider]:
    """Those of the model's targets, the ones that are asked first before others."""
    for target in sorted(model.targets, key=lambda each: each.priority):
        provider = catalog.provider(target.provider_id)
        if provider is not None:
            yield provider


def _preferred(provider: Provider) -> tuple[ProviderApi, ...]:
    if provider.type is ProviderType.ANTHROPIC:
        return _OF_ANTHROPIC
    knows_responses = provider.apis is not None or provider.vendor in _WITH_RESPONSES
    return _TRANSLATED if knows_responses else _OF_OTHERS
