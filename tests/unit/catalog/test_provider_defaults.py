"""How a provider is asked where nobody says: as its vendor's documentation wants it."""

from __future__ import annotations

import pytest

from tollgate.catalog import provider_defaults
from tollgate.catalog.catalog import AuthHeader, OutputLimit, ProviderType, StreamUsage

HEADERS = [
    (ProviderType.OPENAI, "https://api.openai.com/v1", AuthHeader.AUTHORIZATION),
    (ProviderType.OPENAI, "https://team.openai.azure.com/openai/v1", AuthHeader.API_KEY),
    (ProviderType.OPENAI, "https://Team.OpenAI.Azure.com/openai/v1", AuthHeader.API_KEY),
    (ProviderType.OPENAI, "https://team.services.ai.azure.com/openai/v1", AuthHeader.API_KEY),
    (ProviderType.OPENAI, "https://team.cognitiveservices.azure.com:443/openai/v1", AuthHeader.API_KEY),
    (ProviderType.OPENAI, "https://team.openai.azure.com.example.com/v1", AuthHeader.AUTHORIZATION),
    (ProviderType.OPENAI, "https://example.com/team.openai.azure.com", AuthHeader.AUTHORIZATION),
    (ProviderType.OPENAI, "https://notopenai.azure.com/v1", AuthHeader.AUTHORIZATION),
    (ProviderType.ANTHROPIC, "https://api.anthropic.com/v1", AuthHeader.X_API_KEY),
    (ProviderType.ANTHROPIC, "https://team.services.ai.azure.com/anthropic/v1", AuthHeader.X_API_KEY),
]


@pytest.mark.parametrize(("provider_type", "base_url", "header"), HEADERS)
def test_the_key_goes_where_the_type_and_the_host_take_it(provider_type, base_url, header):
    assert provider_defaults.auth_header(provider_type, base_url) is header


@pytest.mark.parametrize("base_url", ["https://api.mistral.ai/v1", "https://API.Mistral.ai/v1"])
def test_mistral_is_sent_nothing_that_it_does_not_know(base_url):
    assert provider_defaults.output_limit(base_url) is OutputLimit.MAX_TOKENS
    assert provider_defaults.stream_usage(base_url) is StreamUsage.ALWAYS


@pytest.mark.parametrize("base_url", ["https://api.openai.com/v1", "https://api.mistral.ai.example.com/v1"])
def test_others_are_asked_as_openai_is(base_url):
    assert provider_defaults.output_limit(base_url) is OutputLimit.MAX_COMPLETION_TOKENS
    assert provider_defaults.stream_usage(base_url) is StreamUsage.ON_REQUEST
