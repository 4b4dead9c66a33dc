"""Betas that clients ask for: those that are known go to the provider, the others are left out and named."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from anthropic.types import AnthropicBetaParam

from infra.local.environment import ROOT
from tests.support.builders import price_version, provider
from tollgate.money import ONE
from tollgate.pricing.price_versions import Tier
from tollgate.pricing.usage import TokenClass
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.options import beta_headers
from tollgate_proxy.options.candidate import Candidate

PRICE = price_version({TokenClass.INPUT: "1", TokenClass.OUTPUT: "2"})


def sifted(anthropic=None, openai=None, *, long_prompts=False, allowed=()):
    given = {"anthropic-beta": anthropic, "openai-beta": openai}
    headers = {"accept": "*/*", **{name: value for name, value in given.items() if value is not None}}
    kept, dropped = beta_headers.filtered(
        headers, provider(beta_headers=tuple(allowed)), long_prompts=long_prompts
    )
    assert kept.pop("accept") == "*/*"
    return kept, dropped


@pytest.mark.parametrize(
    "beta",
    [
        "prompt-caching-2024-07-31",
        "interleaved-thinking-2025-05-14",
        "fine-grained-tool-streaming-2025-05-14",
        "extended-cache-ttl-2025-04-11",
        "claude-code-20250219",
        "oauth-2025-04-20",
        "max-tokens-3-5-sonnet-2024-07-15",
        "fast-mode-2026-02-01",
        "advisor-tool-2026-03-01",
        "server-side-fallback-2026-07-01",
        "compact-2027-01-01",
        "Files-API-2025-04-14",
    ],
)
def test_a_known_beta_goes_upstream_whatever_its_date(beta):
    assert sifted(beta) == ({"anthropic-beta": beta}, None)


@pytest.mark.parametrize(
    "beta",
    [
        "foo-2026-01-01",
        "context-1m-2025-08-07",
        "context-1m",
        "Context-1M-2025-08-07",
        "inline-tools-2026-09-15",
        "message-threads-2026-08-12",
        "user-profiles-billing-2026-10-01",
        "compact-turbo-2026-01-12",
        "interleaved-thinking",
        "interleaved-thinking-",
        "interleaved-thinking-max",
        "interleaved-thinking-2025-05-14-turbo",
        "x-interleaved-thinking-2025-05-14",
        "fast-mode-2026-02-01;foo",
        "*",
    ],
)
def test_any_other_is_left_out_and_named(beta):
    assert sifted(beta) == ({}, f"anthropic-beta: {beta}")


def test_those_beside_it_stay():
    kept, dropped = sifted(" oauth-2025-04-20, foo-2026-01-01,,bar ,files-api-2025-04-14 ")
    assert kept == {"anthropic-beta": "oauth-2025-04-20,files-api-2025-04-14"}
    assert dropped == "anthropic-beta: foo-2026-01-01, bar"


def test_a_header_without_unknown_betas_stays_as_it_was_written():
    written = " oauth-2025-04-20 ,,  pdfs-2024-09-25,"
    assert sifted(written) == ({"anthropic-beta": written}, None)


@pytest.mark.parametrize("beta", ["assistants=v2", "responses=experimental", "realtime=v1", "Responses=v1"])
def test_openais_betas_are_known_by_what_stands_before_the_version(beta):
    assert sifted(openai=beta) == ({"openai-beta": beta}, None)


def test_both_headers_are_told_of():
    kept, dropped = sifted("foo-1", "responses_multi_agent=v1,responses=v1")
    assert kept == {"openai-beta": "responses=v1"}
    assert dropped == "anthropic-beta: foo-1; openai-beta: responses_multi_agent=v1"


@pytest.mark.parametrize(
    ("allowed", "kept"),
    [
        (["foo-2026-01-01"], ["foo-2026-01-01"]),
        (["FOO-2026-01-01"], ["foo-2026-01-01"]),
        (["foo-*"], ["foo-2026-01-01", "foo-2027-01-01"]),
        (["*"], ["foo-2026-01-01", "foo-2027-01-01", "context-1m-2025-08-07"]),
        (["context-1m-2025-08-07"], ["context-1m-2025-08-07"]),
        (["foo"], []),
        (["bar-*"], []),
    ],
)
def test_an_administrator_can_allow_more(allowed, kept):
    asked = "foo-2026-01-01,foo-2027-01-01,context-1m-2025-08-07"
    headers, _ = sifted(asked, allowed=allowed)
    assert headers == ({"anthropic-beta": ",".join(kept)} if kept else {})


def test_what_is_told_fits_into_a_header():
    _, dropped = sifted("é\x7f" + "x" * 5_000)
    assert len(dropped) <= 1_000
    assert dropped.startswith("anthropic-beta: ??xxx")
    assert dropped.endswith("xxx...")


TIERED = price_version(
    {TokenClass.INPUT: "1", TokenClass.OUTPUT: "2"}, tiers=(Tier(200_000, {TokenClass.INPUT: ONE}),)
)
LATER = price_version(
    {TokenClass.INPUT: "1", TokenClass.OUTPUT: "2"}, tiers=(Tier(400_000, {TokenClass.INPUT: ONE}),)
)


@pytest.mark.parametrize(
    ("price", "context_limit", "serves"),
    [
        (PRICE, None, False),
        (PRICE, 200_000, False),
        (PRICE, 1_000_000, True),
        (TIERED, None, True),
        (TIERED, 200_000, False),
        (TIERED, 1_000_000, True),
        (LATER, None, False),
    ],
)
def test_long_prompts_need_a_price_that_holds_for_them(price, context_limit, serves):
    assert beta_headers.serves_long_prompts(price, context_limit) is serves


def test_a_longer_context_is_asked_for_where_it_is_priced():
    assert sifted("context-1m-2025-08-07", long_prompts=True)[1] is None


# What Anthropic's SDK names and goes upstream only where an administrator says so: what costs more by itself,
# what Tollgate couldn't see the price of, and what belongs to other routes.
NOT_ALLOWED = {
    "admin-user-sign-out",
    "agent-memory",
    "analytics-usage-cost",
    "ce-claude-code-managed-settings",
    "ce-plugins",
    "ce-user-management",
    "context-1m",
    "dreaming",
    "experimental-claude-tag",
    "inline-tools",
    "managed-agents",
    "mcp-tunnels",
    "message-threads",
    "spend-limit-reads",
    "telemetry-destinations",
    "user-profiles-billing",
    "webhooks",
}


def test_every_beta_of_anthropics_sdk_is_decided():
    named = {
        beta
        for alternative in get_args(AnthropicBetaParam)
        for beta in get_args(alternative)
        if isinstance(beta, str)
    }
    assert len(named) > 50
    left_out = {beta[: -len("-2026-01-01")] for beta in named if sifted(beta)[1]}
    assert left_out == NOT_ALLOWED


def candidate(**of_provider):
    return Candidate(provider(**of_provider), "small", PRICE)


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"anthropic_beta": ["pdfs-2024-09-25", "foo-2026-01-01"]}, "anthropic_beta[1]"),
        ({"betas": ["context-1m-2025-08-07"]}, "betas[0]"),
        ({"betas": ["pdfs-2024-09-25,foo"]}, "betas[0]"),
        ({"betas": "pdfs-2024-09-25,foo"}, "betas"),
        ({"betas": {"foo": True}}, "betas"),
        ({"betas": ["pdfs-2024-09-25", 1]}, "betas"),
        ({"betas": False}, "betas"),
        ({"extra_body": {"anthropic_beta": ["foo"]}}, "extra_body.anthropic_beta[0]"),
        ({"extra_headers": {"anthropic-beta": "foo"}}, "extra_headers"),
    ],
)
def test_an_unknown_beta_in_the_body_is_refused(members, param):
    with pytest.raises(RefusedError) as refused:
        beta_headers.require_allowed(members, [candidate()])
    assert (refused.value.reason, refused.value.param) == (Reason.INVALID_PARAMETER, param)


@pytest.mark.parametrize(
    ("beta", "fault"),
    [
        ("foo", "Tollgate doesn't know the beta `foo`"),
        ("context-1m-2025-08-07", "more than 200,000 tokens, for which the model has no price"),
    ],
)
def test_a_refusal_says_whether_the_beta_is_unknown_or_has_no_price(beta, fault):
    with pytest.raises(RefusedError) as refused:
        beta_headers.require_allowed({"betas": [beta]}, [candidate()])
    assert fault in refused.value.message
    assert refused.value.message.endswith(
        " Leave the beta out, or ask your administrator to allow it in the provider's `betaHeaders`."
    )


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"betas": None, "anthropic_beta": [], "extra_body": {}, "extra_headers": {}},
        {"betas": ["pdfs-2024-09-25"], "extra_body": "x"},
        {"betas": "pdfs-2024-09-25"},
        {"extra_body": {"anthropic_beta": ["interleaved-thinking-2025-05-14"]}},
    ],
)
def test_known_ones_pass(members):
    beta_headers.require_allowed(members, [candidate()])


def test_what_is_in_the_body_must_be_allowed_wherever_it_may_go():
    willing, other = candidate(beta_headers=("foo",)), candidate(name="other")
    beta_headers.require_allowed({"betas": ["foo"]}, [willing])
    with pytest.raises(RefusedError, match="it isn't sent to the provider other"):
        beta_headers.require_allowed({"betas": ["foo"]}, [willing, other])


def test_the_documentation_names_those_that_are_allowed_and_no_others():
    page = (ROOT / "docs/calls.md").read_text()
    table = page.partition("### Beta versions")[2].partition("`context-1m`")[0]
    named = set(re.findall(r"`([a-z0-9-]+)`", table.partition("whatever their date")[2]))
    assert named == beta_headers.FAMILIES
    assert not any(sifted(f"{name}-2027-01-01")[1] for name in named)
