"""Anthropic's prices and bills."""

from __future__ import annotations

from decimal import Decimal

from tests.pricing_examples import Example, factors, message, published, rates
from tollgate.pricing.price_versions import Tier
from tollgate.pricing.provider_usage import from_message

ANTHROPIC = "https://platform.claude.com/docs/en/about-claude/pricing"
ANTHROPIC_CACHING = "https://platform.claude.com/docs/en/build-with-claude/prompt-caching"

PRICES = {
    # 1M context: above 200K, input twice and output one and a half times; the cache's multipliers
    # (1.25, 2, 0.1) apply on top of it, and so does the batch discount.
    "claude-sonnet-4.5": published(
        ANTHROPIC,
        {
            "tiers": (
                Tier(
                    200_000,
                    rates(
                        input="6",
                        cached_input="0.60",
                        cache_write="7.50",
                        cache_write_1h="12",
                        output="22.50",
                    ),
                ),
            ),
            "service_tiers": factors(batch="0.5"),
            "tool_prices": factors(web_search="0.01"),  # $10 per 1,000 searches
        },
        input="3",
        cached_input="0.30",
        cache_write="3.75",
        cache_write_1h="6",
        output="15",
    ),
    # The page's example runs for an hour at $0.08, which stands in for a fee per request.
    "claude-opus-4.6, an hour": published(
        ANTHROPIC, {"request_price": Decimal("0.08")}, input="5", cached_input="0.50", output="25"
    ),
}

EXAMPLES = {
    "Anthropic adds a cache write to the input at 1.25 times": Example(
        "claude-sonnet-4.5",
        message(21, 393, written=188_086),
        "0.7112805",
        {"cache_write": "0.7053225", "input": "0.000063", "output": "0.005895"},
        read=from_message,
        shown=ANTHROPIC_CACHING,
    ),
    "Anthropic adds a cache read to the input at a tenth": Example(
        "claude-sonnet-4.5",
        message(21, 393, read=188_086),
        "0.0623838",
        {"cached_input": "0.0564258", "input": "0.000063", "output": "0.005895"},
        read=from_message,
        shown=ANTHROPIC_CACHING,
    ),
    "Anthropic charges a write for an hour at twice, one for five minutes at 1.25 times": Example(
        "claude-sonnet-4.5",
        message(
            2048,
            503,
            read=1800,
            written=248,
            cache_creation={"ephemeral_5m_input_tokens": 148, "ephemeral_1h_input_tokens": 100},
        ),
        "0.015384",
        {
            "cache_write": "0.000555",
            "cache_write_1h": "0.0006",
            "cached_input": "0.00054",
            "input": "0.006144",
            "output": "0.007545",
        },
        read=from_message,
        shown=ANTHROPIC_CACHING,
    ),
    "Anthropic charges thinking as output": Example(
        "claude-sonnet-4.5",
        message(100, 900, output_tokens_details={"thinking_tokens": 700}),
        "0.0138",
        {"input": "0.0003", "output": "0.003", "reasoning": "0.0105"},
        read=from_message,
    ),
    "Anthropic's search costs a cent beside the tokens": Example(
        "claude-sonnet-4.5",
        message(105, 6039, read=7123, written=7345, server_tool_use={"web_search_requests": 1}),
        "0.13058065",
        {
            "cache_write": "0.02754375",
            "cached_input": "0.0021369",
            "input": "0.000315",
            "output": "0.090585",
            "tool:web_search": "0.01",
        },
        read=from_message,
        shown=ANTHROPIC,
    ),
    "Anthropic's fetch costs its tokens alone": Example(
        "claude-sonnet-4.5",
        message(25_039, 931, server_tool_use={"web_fetch_requests": 1}),
        "0.089082",
        {"input": "0.075117", "output": "0.013965"},
        read=from_message,
        shown=ANTHROPIC,
    ),
    "Anthropic's long prompt costs more, output included": Example(
        "claude-sonnet-4.5",
        message(250_000, 500),
        "1.51125",
        {"input": "1.5", "output": "0.01125"},
        read=from_message,
        shown=ANTHROPIC,
    ),
    "Anthropic's 200,000 tokens of input, reads and writes together are a short prompt": Example(
        "claude-sonnet-4.5",
        message(100_000, 1000, read=99_999, written=1),
        "0.34500345",
        {"cache_write": "0.00000375", "cached_input": "0.0299997", "input": "0.3", "output": "0.015"},
        read=from_message,
    ),
    "Anthropic's 200,001 tokens of input, reads and writes together are a long prompt": Example(
        "claude-sonnet-4.5",
        message(100_000, 1000, read=100_000, written=1),
        "0.6825075",
        {"cache_write": "0.0000075", "cached_input": "0.06", "input": "0.6", "output": "0.0225"},
        read=from_message,
    ),
    "Anthropic's output doesn't make a prompt long": Example(
        "claude-sonnet-4.5",
        message(199_000, 64_000),
        "1.557",
        {"input": "0.597", "output": "0.96"},
        read=from_message,
    ),
    "Anthropic's batch costs half": Example(
        "claude-sonnet-4.5",
        message(100_000, 10_000, service_tier="batch"),
        "0.225",
        {"input": "0.15", "output": "0.075"},
        read=from_message,
    ),
    "Anthropic's batch discount applies to long prompts and to the cache": Example(
        "claude-sonnet-4.5",
        message(
            250_000,
            500,
            written=1000,
            cache_creation={"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 1000},
            service_tier="batch",
        ),
        "0.761625",
        {"cache_write_1h": "0.006", "input": "0.75", "output": "0.005625"},
        read=from_message,
    ),
    "Anthropic's own sum for an hour of coding": Example(
        "claude-opus-4.6, an hour",
        message(50_000, 15_000),
        "0.705",
        {"input": "0.25", "output": "0.375", "request": "0.08"},
        read=from_message,
        shown=ANTHROPIC,
    ),
    "Anthropic's own sum for that hour with 40,000 tokens from the cache": Example(
        "claude-opus-4.6, an hour",
        message(10_000, 15_000, read=40_000),
        "0.525",
        {"cached_input": "0.02", "input": "0.05", "output": "0.375", "request": "0.08"},
        read=from_message,
        shown=ANTHROPIC,
    ),
}
