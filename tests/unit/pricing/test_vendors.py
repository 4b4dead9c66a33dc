"""Whose service a provider is, by the host that it is asked at."""

from __future__ import annotations

import pytest

from tollgate.pricing.vendors import Vendor, vendor_of


@pytest.mark.parametrize(
    ("base_url", "vendor"),
    [
        ("https://api.openai.com/v1", Vendor.OPENAI),
        ("https://eu.api.openai.com/v1", Vendor.OPENAI),
        ("https://api.anthropic.com/v1", Vendor.ANTHROPIC),
        ("https://Team.OpenAI.Azure.com/openai/v1", Vendor.AZURE),
        ("https://generativelanguage.googleapis.com/v1beta/openai", Vendor.GOOGLE),
        ("https://us-central1-aiplatform.googleapis.com/v1/projects/p", Vendor.GOOGLE),
        ("https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1", Vendor.AMAZON),
        ("https://api.x.ai/v1", Vendor.XAI),
        ("https://us-east-1.api.x.ai/v1", Vendor.XAI),
        ("https://API.Mistral.ai:443/v1", Vendor.MISTRAL),
        ("https://openrouter.ai/api/v1", Vendor.OPENROUTER),
        ("https://api.openai.com.example.com/v1", Vendor.OTHER),
        ("https://notx.ai/v1", Vendor.OTHER),
        ("https://example.com/api.openai.com", Vendor.OTHER),
        ("http://127.0.0.1:4567/v1", Vendor.OTHER),
    ],
)
def test_a_vendor_is_told_by_its_host(base_url, vendor):
    assert vendor_of(base_url) is vendor
