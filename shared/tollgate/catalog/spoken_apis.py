"""Which APIs a provider speaks, and where: as its administrator has said, or as its type and vendor tell.

Of vendors it is known what they serve at their hosts, and below which paths, as their documentation says it.
An API that its vendor documents as deprecated isn't here (xAI's messages).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tollgate.catalog.catalog import ApiEndpoint, AuthHeader, ProviderApi, ProviderType
from tollgate.lean_dataclass import dataclass
from tollgate.pricing import vendors
from tollgate.pricing.vendors import Vendor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tollgate.catalog.catalog import Provider

_CHAT, _RESPONSES = ProviderApi.CHAT, ProviderApi.RESPONSES
_EMBEDDINGS, _IMAGES = ProviderApi.EMBEDDINGS, ProviderApi.IMAGES


@dataclass(frozen=True, slots=True)
class VendorEndpoints:
    """The paths that base URLs have at a host.

    `apis` of OpenAI's are below `openai`, but for those that are `elsewhere`; messages, if they are served,
    below `anthropic`. Keys go into the headers, if they are sent at all.
    """

    openai: str
    apis: tuple[ProviderApi, ...]
    anthropic: str | None = None
    messages_header: AuthHeader = AuthHeader.X_API_KEY
    openai_header: AuthHeader = AuthHeader.AUTHORIZATION
    elsewhere: tuple[tuple[ProviderApi, str], ...] = ()


_ALIBABA = VendorEndpoints(
    "/compatible-mode/v1", (_CHAT, _RESPONSES, _EMBEDDINGS), anthropic="/apps/anthropic/v1"
)
_ALIBABA_US = VendorEndpoints("/compatible-mode/v1", (_CHAT, _EMBEDDINGS))
_AZURE_OPENAI = VendorEndpoints(
    "/openai/v1", (_CHAT, _RESPONSES, _EMBEDDINGS, _IMAGES), openai_header=AuthHeader.API_KEY
)
_FOUNDRY = VendorEndpoints(
    "/openai/v1",
    (_CHAT, _RESPONSES, _EMBEDDINGS, _IMAGES),
    anthropic="/anthropic/v1",
    openai_header=AuthHeader.API_KEY,
)
_MOONSHOT = VendorEndpoints(
    "/v1", (_CHAT,), anthropic="/anthropic/v1", messages_header=AuthHeader.AUTHORIZATION
)
_OPENAI = VendorEndpoints("/v1", (_CHAT, _RESPONSES, _EMBEDDINGS, _IMAGES))

# By the beginnings and the ends of hosts.
_HOSTS = (
    ("api.anthropic.com", "", VendorEndpoints("/v1", (_CHAT,), anthropic="/v1")),
    ("api.openai.com", "", _OPENAI),
    ("", ".api.openai.com", _OPENAI),
    ("", ".openai.azure.com", _AZURE_OPENAI),
    ("", ".cognitiveservices.azure.com", _AZURE_OPENAI),
    ("", ".services.ai.azure.com", _FOUNDRY),
    ("bedrock-mantle.", ".api.aws", VendorEndpoints("/v1", (_CHAT, _RESPONSES), anthropic="/anthropic/v1")),
    (
        "bedrock-runtime.",
        ".amazonaws.com",
        VendorEndpoints("/openai/v1", (_CHAT, _RESPONSES), anthropic="/anthropic/v1"),
    ),
    ("dashscope.aliyuncs.com", "", _ALIBABA),
    ("dashscope-intl.aliyuncs.com", "", _ALIBABA),
    ("dashscope-us.aliyuncs.com", "", _ALIBABA_US),
    ("api.deepseek.com", "", VendorEndpoints("", (_CHAT,), anthropic="/anthropic/v1")),
    (
        "generativelanguage.googleapis.com",
        "",
        VendorEndpoints("/v1beta/openai", (_CHAT, _EMBEDDINGS, _IMAGES)),
    ),
    ("api.groq.com", "", VendorEndpoints("/openai/v1", (_CHAT, _RESPONSES))),
    ("api.mistral.ai", "", VendorEndpoints("/v1", (_CHAT, _EMBEDDINGS))),
    ("api.moonshot.ai", "", _MOONSHOT),
    ("api.moonshot.cn", "", _MOONSHOT),
    (
        "ollama.com",
        "",
        VendorEndpoints(
            "/v1",
            (_CHAT, _RESPONSES, _EMBEDDINGS),
            anthropic="/v1",
            messages_header=AuthHeader.AUTHORIZATION,
        ),
    ),
    (
        "openrouter.ai",
        "",
        VendorEndpoints(
            "/api/v1",
            (_CHAT, _RESPONSES, _EMBEDDINGS),
            anthropic="/api/v1",
            messages_header=AuthHeader.AUTHORIZATION,
        ),
    ),
    (
        "api.perplexity.ai",
        "",
        VendorEndpoints("", (_CHAT,), elsewhere=((_RESPONSES, "/v1"), (_EMBEDDINGS, "/v1"))),
    ),
    ("", ".x.ai", VendorEndpoints("/v1", (_CHAT, _RESPONSES, _IMAGES))),
    (
        "api.z.ai",
        "",
        VendorEndpoints(
            "/api/paas/v4",
            (_CHAT, _IMAGES),
            anthropic="/api/anthropic/v1",
            messages_header=AuthHeader.AUTHORIZATION,
        ),
    ),
    (
        "open.bigmodel.cn",
        "",
        VendorEndpoints(
            "/api/paas/v4",
            (_CHAT, _EMBEDDINGS, _IMAGES),
            anthropic="/api/anthropic/v1",
            messages_header=AuthHeader.AUTHORIZATION,
        ),
    ),
)
_BY_TYPE = {
    ProviderType.OPENAI: (_CHAT, _RESPONSES, _EMBEDDINGS, _IMAGES),
    ProviderType.ANTHROPIC: (ProviderApi.MESSAGES,),
}
# Servers that anyone runs, at a host that tells nothing: below one base URL, with one header.
_SELF_HOSTED = dict.fromkeys(
    (Vendor.OLLAMA, Vendor.VLLM), (_CHAT, _RESPONSES, ProviderApi.MESSAGES, _EMBEDDINGS)
)
# Ways to send one and the same key. Others sign, or have a token of their own, and do so for every API.
KEY_HEADERS = frozenset({AuthHeader.AUTHORIZATION, AuthHeader.X_API_KEY, AuthHeader.API_KEY})


def endpoints_of(provider: Provider) -> tuple[ApiEndpoint, ...]:
    """All that a provider speaks, each API once, in the order of `ProviderApi`."""
    if provider.apis is not None:
        return provider.apis
    return defaults(provider.type, provider.base_url, provider.vendor, provider.auth_header)


def endpoint(provider: Provider, api: ProviderApi) -> ApiEndpoint | None:
    """Where a provider speaks an API, None if it doesn't."""
    return next((each for each in endpoints_of(provider) if each.api is api), None)


def spoken_by(providers: Iterable[Provider]) -> frozenset[ProviderApi]:
    """The APIs that any of the providers speaks."""
    return frozenset(each.api for provider in providers for each in endpoints_of(provider))


def asked_at(provider: Provider, api: ProviderApi) -> ApiEndpoint:
    """Where a provider is asked by an API: where it speaks it, or did when it served what is asked for."""
    found = endpoint(provider, api)
    return ApiEndpoint(api, provider.base_url, provider.auth_header) if found is None else found


@lru_cache(maxsize=256)
def defaults(
    provider_type: ProviderType, base_url: str, vendor: Vendor, auth_header: AuthHeader
) -> tuple[ApiEndpoint, ...]:
    """What is spoken at a base URL of a type, by whose host it is.

    A vendor that was set for another host says nothing of what is served there, and where.
    """
    if vendor in _SELF_HOSTED:
        return tuple(ApiEndpoint(api, base_url, auth_header) for api in _SELF_HOSTED[vendor])
    known = served_at(base_url) if vendors.vendor_of(base_url) is vendor else None
    if known is None:
        return tuple(ApiEndpoint(api, base_url, auth_header) for api in _BY_TYPE[provider_type])
    url = urlsplit(base_url)
    found = _of_vendor(provider_type, base_url, f"{url.scheme}://{url.netloc}", known, auth_header)
    order = list(ProviderApi)
    return tuple(sorted(found, key=lambda each: order.index(each.api)))


def _of_vendor(
    provider_type: ProviderType,
    base_url: str,
    host: str,
    known: VendorEndpoints,
    auth_header: AuthHeader,
) -> Iterator[ApiEndpoint]:
    """The APIs of the provider's type are at its base URL, the others where its vendor has them."""
    is_openai = provider_type is ProviderType.OPENAI
    sends_key = auth_header in KEY_HEADERS
    openai_header = known.openai_header if sends_key else auth_header
    for api in known.apis:
        if is_openai:
            yield ApiEndpoint(api, base_url, auth_header)
        else:
            yield ApiEndpoint(api, host + known.openai, openai_header)
    for api, path in known.elsewhere:
        yield ApiEndpoint(api, host + path, auth_header if is_openai else openai_header)
    if not is_openai:
        yield ApiEndpoint(ProviderApi.MESSAGES, base_url, auth_header)
    elif known.anthropic is not None:
        header = known.messages_header if sends_key else auth_header
        yield ApiEndpoint(ProviderApi.MESSAGES, host + known.anthropic, header)


def served_at(base_url: str) -> VendorEndpoints | None:
    """What is served at a base URL's host, None if that is no vendor's that is known."""
    host = (urlsplit(base_url).hostname or "").lower()
    return next(_matching(host), None)


def _matching(host: str) -> Iterator[VendorEndpoints]:
    for begins, ends, endpoints in _HOSTS:
        if (host.startswith(begins) and host.endswith(ends)) if ends else host == begins:
            yield endpoints
