"""Which APIs a provider speaks and where, stated or not."""

from __future__ import annotations

import pytest

from tests.support.builders import provider
from tollgate.catalog import spoken_apis, usual_endpoints
from tollgate.catalog.catalog import ApiEndpoint, AuthHeader, ProviderApi, ProviderType
from tollgate.pricing.vendors import Vendor, vendor_of

CHAT, RESPONSES, MESSAGES = ProviderApi.CHAT, ProviderApi.RESPONSES, ProviderApi.MESSAGES
EMBEDDINGS, IMAGES = ProviderApi.EMBEDDINGS, ProviderApi.IMAGES
BEARER, X_API_KEY, API_KEY = AuthHeader.AUTHORIZATION, AuthHeader.X_API_KEY, AuthHeader.API_KEY
OPENAI, ANTHROPIC = ProviderType.OPENAI, ProviderType.ANTHROPIC


def at(base_url, provider_type=OPENAI, header=BEARER, **changes):
    changes.setdefault("vendor", vendor_of(base_url))
    return provider(base_url, type=provider_type, auth_header=header, **changes)


def spoken(made):
    return {each.api: (each.base_url, each.auth_header) for each in spoken_apis.endpoints_of(made)}


# What each vendor's documentation says, by the base URL that it documents for OpenAI's SDK.
VENDORS = {
    "https://api.openai.com/v1": ({CHAT, RESPONSES, EMBEDDINGS, IMAGES}, None, None),
    "https://eu.api.openai.com/v1": ({CHAT, RESPONSES, EMBEDDINGS, IMAGES}, None, None),
    "https://api.anthropic.com/v1": ({CHAT}, "https://api.anthropic.com/v1", X_API_KEY),
    "https://api.deepseek.com": ({CHAT}, "https://api.deepseek.com/anthropic/v1", X_API_KEY),
    "https://api.moonshot.ai/v1": ({CHAT}, "https://api.moonshot.ai/anthropic/v1", BEARER),
    "https://api.z.ai/api/paas/v4": ({CHAT, IMAGES}, "https://api.z.ai/api/anthropic/v1", BEARER),
    "https://api.z.ai/api/coding/paas/v4": ({CHAT, IMAGES}, "https://api.z.ai/api/anthropic/v1", BEARER),
    "https://openrouter.ai/api/v1": (
        {CHAT, RESPONSES, EMBEDDINGS},
        "https://openrouter.ai/api/v1",
        BEARER,
    ),
    "https://api.x.ai/v1": ({CHAT, RESPONSES, IMAGES}, None, None),
    "https://api.groq.com/openai/v1": ({CHAT, RESPONSES}, None, None),
    "https://api.mistral.ai/v1": ({CHAT, EMBEDDINGS}, None, None),
    "https://generativelanguage.googleapis.com/v1beta/openai": ({CHAT, EMBEDDINGS, IMAGES}, None, None),
    "https://dashscope-intl.aliyuncs.com/compatible-mode/v1": (
        {CHAT, RESPONSES, EMBEDDINGS},
        "https://dashscope-intl.aliyuncs.com/apps/anthropic/v1",
        X_API_KEY,
    ),
    "https://bedrock-mantle.eu-west-1.api.aws/v1": (
        {CHAT, RESPONSES},
        "https://bedrock-mantle.eu-west-1.api.aws/anthropic/v1",
        X_API_KEY,
    ),
    "https://bedrock-runtime.eu-west-1.amazonaws.com/openai/v1": (
        {CHAT, RESPONSES},
        "https://bedrock-runtime.eu-west-1.amazonaws.com/anthropic/v1",
        X_API_KEY,
    ),
    "https://team.openai.azure.com/openai/v1": ({CHAT, RESPONSES, EMBEDDINGS, IMAGES}, None, None),
    "https://team.services.ai.azure.com/openai/v1": (
        {CHAT, RESPONSES, EMBEDDINGS, IMAGES},
        "https://team.services.ai.azure.com/anthropic/v1",
        X_API_KEY,
    ),
}


@pytest.mark.parametrize(("base_url", "told"), VENDORS.items(), ids=VENDORS)
def test_a_vendors_host_tells_what_is_spoken_there(base_url, told):
    apis, messages_url, messages_header = told
    wanted = dict.fromkeys(apis, (base_url, BEARER))
    if messages_url is not None:
        wanted[MESSAGES] = (messages_url, messages_header)
    assert spoken(at(base_url)) == wanted


def test_perplexity_has_a_version_for_all_but_chat():
    base_url = "https://api.perplexity.ai"
    assert spoken(at(base_url)) == {
        CHAT: (base_url, BEARER),
        RESPONSES: (f"{base_url}/v1", BEARER),
        EMBEDDINGS: (f"{base_url}/v1", BEARER),
    }


def test_a_provider_of_anthropics_type_speaks_its_vendors_other_apis_too():
    claude = at("https://api.anthropic.com/v1", ANTHROPIC, X_API_KEY)
    assert spoken(claude) == {
        CHAT: ("https://api.anthropic.com/v1", BEARER),
        MESSAGES: ("https://api.anthropic.com/v1", X_API_KEY),
    }
    foundry = spoken(at("https://team.services.ai.azure.com/anthropic/v1", ANTHROPIC, X_API_KEY))
    assert foundry[RESPONSES] == ("https://team.services.ai.azure.com/openai/v1", API_KEY)


@pytest.mark.parametrize("provider_type", ProviderType)
def test_a_host_that_nobody_knows_speaks_what_its_type_says(provider_type):
    apis = {OPENAI: {CHAT, RESPONSES, EMBEDDINGS, IMAGES}, ANTHROPIC: {MESSAGES}}[provider_type]
    for vendor in (Vendor.OTHER, Vendor.DEEPSEEK):
        made = at("https://models.example.com/v1", provider_type, API_KEY, vendor=vendor)
        assert spoken(made) == dict.fromkeys(apis, ("https://models.example.com/v1", API_KEY))


@pytest.mark.parametrize("vendor", [Vendor.VLLM, Vendor.OLLAMA])
@pytest.mark.parametrize("header", [BEARER, AuthHeader.NONE])
def test_servers_that_anyone_runs_have_all_at_one_place(vendor, header):
    made = at("https://gpu.example.com/v1", header=header, vendor=vendor)
    told = dict.fromkeys((CHAT, RESPONSES, MESSAGES, EMBEDDINGS), ("https://gpu.example.com/v1", header))
    assert spoken(made) == told


def test_a_provider_without_a_key_is_asked_without_one_by_every_api():
    made = at("https://api.deepseek.com", header=AuthHeader.NONE)
    assert {header for _, header in spoken(made).values()} == {AuthHeader.NONE}


def test_what_is_stated_counts():
    stated = (ApiEndpoint(MESSAGES, "https://a.example.com/v1", X_API_KEY),)
    made = at("https://api.openai.com/v1", apis=stated)
    assert spoken_apis.endpoints_of(made) == stated
    assert spoken_apis.endpoint(made, CHAT) is None
    # What was begun by an API that isn't spoken any more is still asked for where it was.
    assert spoken_apis.asked_at(made, CHAT) == ApiEndpoint(CHAT, "https://api.openai.com/v1", BEARER)


def test_stated_apis_go_with_the_base_url_as_far_as_nothing_else_was_said():
    before = at(
        "https://api.deepseek.com",
        apis=(
            ApiEndpoint(CHAT, "https://api.deepseek.com", BEARER),
            ApiEndpoint(RESPONSES, "https://elsewhere.example.com/v1", API_KEY),
            ApiEndpoint(MESSAGES, "https://api.deepseek.com/anthropic/v1", BEARER),
        ),
    )
    moved = at("https://api.moonshot.ai/v1", apis=before.apis)
    assert usual_endpoints.followed(before, moved).apis == (
        ApiEndpoint(CHAT, "https://api.moonshot.ai/v1", BEARER),
        ApiEndpoint(RESPONSES, "https://elsewhere.example.com/v1", API_KEY),
        ApiEndpoint(MESSAGES, "https://api.moonshot.ai/anthropic/v1", BEARER),
    )
