"""Calls that are proved by the function's role: within budgets as all others, translated and streamed."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import urllib3

from tests.support.builders import model, provider
from tests.support.gateway_world import HELLO, Lane, Server, serving
from tollgate.catalog.auth import auth_schemes
from tollgate.catalog.catalog import ApiEndpoint, AuthHeader, ProviderApi, ProviderType
from tollgate.ledger.scopes import Enforcement
from tollgate_proxy.upstream.provider_calls import Upstream
from tollgate_proxy.upstream.provider_pool import ProviderPool
from tollgate_proxy.upstream.token_requests import TokenRequests

ROLE = {
    "AWS_ACCESS_KEY_ID": "ASIAROLE",
    "AWS_SECRET_ACCESS_KEY": "role/secret",
    "AWS_SESSION_TOKEN": "session/of+role=",
    "AWS_REGION": "eu-central-1",
}
KNOWN = {
    "access_key_id": ROLE["AWS_ACCESS_KEY_ID"],
    "secret_access_key": ROLE["AWS_SECRET_ACCESS_KEY"],
    "session_token": ROLE["AWS_SESSION_TOKEN"],
    "region": ROLE["AWS_REGION"],
    "services": ["bedrock"],
}
USED = '[mock {"prompt_tokens": 100, "completion_tokens": 20}]'
COST = (100 * Decimal("0.15") + 20 * Decimal("0.6")) / 1_000_000


@pytest.fixture(scope="module")
def bedrock(lanes):
    """Claude at a Bedrock that believes one role, and verifies each signature and each key that is minted."""
    with serving("bedrock") as server:
        urllib3.request("POST", f"{server.url}/__mock/identities", json={"aws": KNOWN})
        for scheme in (AuthHeader.AWS_SIGV4, AuthHeader.AWS_BEARER):
            base_url = f"{server.url}/anthropic/v1"
            made = provider(
                base_url,
                id=f"prv_{scheme.value}",
                name=scheme.value,
                type=ProviderType.ANTHROPIC,
                auth_header=scheme,
                credential_version=0,
                apis=(ApiEndpoint(ProviderApi.MESSAGES, base_url, scheme),),
            )
            lanes.catalog.add_provider(made)
            lanes.catalog.add_model(model(scheme.value, provider_id=made.id))
        yield server


def gateway(lane: Lane, environment: dict[str, str]) -> Any:
    pool = ProviderPool(loopback_allowed=True)
    schemes = auth_schemes.with_tokens(
        partial(TokenRequests, pool, http_allowed=True), environment, loopback_allowed=True
    )
    return lane.gateway(dispatcher=lane.dispatcher(Upstream(pool=pool, schemes=schemes)))


@pytest.mark.parametrize("scheme", ["aws_sigv4", "aws_bearer"])
@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("api", ["chat", "messages"])
def test_the_functions_role_calls_claude_for_clients_of_either_api(
    lanes, bedrock: Server, scheme, streams, api
):
    lane = Lane(lanes, enforcement=Enforcement.HARD)
    asked = [{"role": "user", "content": USED}]
    made = gateway(lane, ROLE)
    answer = lane.ask(api, gateway=made, model=scheme, messages=asked, max_tokens=50, stream=streams)
    assert answer.status == 200, answer.text
    lane.assert_settled(f"{COST:f}")
    sent = bedrock.received[-1]["headers"]["authorization"]
    assert sent.startswith("AWS4-HMAC-SHA256" if scheme == "aws_sigv4" else "Bearer bedrock-api-key-")


def test_a_role_that_bedrock_does_not_know_costs_nothing(lanes, bedrock: Server):
    lane = Lane(lanes, enforcement=Enforcement.HARD)
    stranger = gateway(lane, {**ROLE, "AWS_SECRET_ACCESS_KEY": "another"})
    answer = lane.ask("chat", gateway=stranger, model="aws_sigv4", messages=HELLO)
    assert answer.status >= 400
    assert "error" in json.loads(answer.text)
    assert ROLE["AWS_ACCESS_KEY_ID"] not in answer.text
    lane.assert_settled("0")
