"""Vendors' own headers go to a provider that is asked by their API, but for accounts, proofs and prices."""

from __future__ import annotations

import pytest

from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.upstream import vendor_headers

CHAT, RESPONSES, MESSAGES = ProviderApi.CHAT, ProviderApi.RESPONSES, ProviderApi.MESSAGES


@pytest.mark.parametrize("api", ProviderApi)
def test_a_provider_gets_the_family_of_the_api_that_it_is_asked_by(api):
    clients = {
        "anthropic-user-profile-id": "up_1",
        "anthropic-client-platform": "cli",
        "openai-safety-identifier": "u1",
        "openai-new-thing": "x",
        "openai": "x",
        "x-openai-thing": "x",
        "anthropicx-thing": "x",
    }
    sent, held_back = vendor_headers.passing(clients, api)
    assert set(sent) == (
        {"anthropic-user-profile-id", "anthropic-client-platform"}
        if api is MESSAGES
        else {"openai-safety-identifier", "openai-new-thing"}
    )
    assert held_back == []


@pytest.mark.parametrize(
    ("api", "name"),
    [
        *[(RESPONSES, name) for name in ("openai-organization", "openai-project", "openai-api-key")],
        *[(CHAT, name) for name in ("openai-service-tier", "openai-priority", "openai-fallback_model")],
        *[(MESSAGES, name) for name in ("anthropic-workspace-id", "anthropic-organization-id")],
        *[(MESSAGES, name) for name in ("anthropic-auth-token", "anthropic-inference-geo")],
    ],
)
def test_what_names_an_account_proves_or_prices_stays_here_and_is_named(api, name):
    assert vendor_headers.passing({name: "x"}, api) == ({}, [name])


@pytest.mark.parametrize("value", ["a\r\nx-api-key: 1", "a\x00", "räume", "x" * 1001])
def test_what_is_no_sound_header_stays_here(value):
    assert vendor_headers.passing({"openai-thing": value}, CHAT) == ({}, ["openai-thing"])


def test_nothing_is_said_of_a_browser():
    clients = {"anthropic-dangerous-direct-browser-access": "true"}
    assert vendor_headers.passing(clients, MESSAGES) == ({}, [])
