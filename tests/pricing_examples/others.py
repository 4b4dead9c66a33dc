"""The prices and bills of DeepSeek, Mistral, xAI and Perplexity."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

from tests.pricing_examples import Example, chat, published, rates
from tollgate.pricing.price_versions import PriceWindow, Tier
from tollgate.pricing.provider_usage import from_response

DEEPSEEK = "https://api-docs.deepseek.com/quick_start/pricing"
XAI_USAGE = "https://docs.x.ai/docs/api-reference#chat-completions"
MISTRAL = "https://mistral.ai/pricing"
MISTRAL_CACHING = "https://docs.mistral.ai/studio-api/conversations/advanced/prompt-caching"
XAI = "https://docs.x.ai/developers/pricing"
XAI_CACHING = "https://docs.x.ai/developers/advanced-api-usage/prompt-caching/usage-and-pricing"
PERPLEXITY = "https://docs.perplexity.ai/docs/getting-started/pricing"
PERPLEXITY_CHANGES = "https://docs.perplexity.ai/changelog/changelog"

EVERY_DAY, WEEKDAYS = frozenset(range(7)), frozenset(range(5))

PRICES = {
    # Until September 2025: 50 percent off every price from 16:30 to 00:30 UTC.
    "deepseek-chat, 2025": published(
        DEEPSEEK,
        {"windows": (PriceWindow(EVERY_DAY, time(16, 30), time(0, 30), "UTC", Decimal("0.5")),)},
        input="0.27",
        cached_input="0.07",
        output="1.10",
    ),
    # Since August 2026: twice the off-peak price 01:00-04:00 and 06:00-10:00 UTC, Monday to Friday.
    "deepseek-flash, 2026": published(
        DEEPSEEK,
        {
            "windows": (
                PriceWindow(WEEKDAYS, time(1), time(4), "UTC", Decimal(2)),
                PriceWindow(WEEKDAYS, time(6), time(10), "UTC", Decimal(2)),
            )
        },
        input="0.15",
        cached_input="0.003",
        output="0.60",
    ),
    "mistral-medium-3": published(MISTRAL, input="0.40", output="2.00"),
    # Cached prompt tokens are billed at a tenth of the standard input price.
    "mistral-medium-3.5": published(
        f"{MISTRAL} {MISTRAL_CACHING}", input="1.50", cached_input="0.15", output="7.50"
    ),
    # "Long context >= 200k tokens": the border itself is long, unlike Google's and Anthropic's.
    "grok-4.5": published(
        XAI,
        {"tiers": (Tier(199_999, rates(input="4", cached_input="0.60", output="12")),)},
        input="2.00",
        cached_input="0.30",
        output="6.00",
    ),
    "grok-4.3": published(XAI, input="1.25", cached_input="0.20", output="2.50"),
    # $6 per 1,000 requests of the low search context.
    "sonar-pro, low": published(PERPLEXITY, {"request_price": Decimal("0.006")}, input="3", output="15"),
    # The one list here with a price of its own for reasoning; of its other fees none is taken.
    "sonar-deep-research": published(PERPLEXITY, input="2", output="8", reasoning="3"),
}

DEEPSEEK_CHAT = chat(1000, 500, prompt_cache_hit_tokens=640, prompt_cache_miss_tokens=360)

EXAMPLES = {
    "DeepSeek's cache hits and misses have prices of their own": Example(
        "deepseek-chat, 2025",
        DEEPSEEK_CHAT,
        "0.000692",
        {"cached_input": "0.0000448", "input": "0.0000972", "output": "0.00055"},
        at="2025-07-15T12:00:00Z",
    ),
    "DeepSeek's discount halves each of them": Example(
        "deepseek-chat, 2025",
        DEEPSEEK_CHAT,
        "0.000346",
        {"cached_input": "0.0000224", "input": "0.0000486", "output": "0.000275"},
        at="2025-07-15T20:00:00Z",
    ),
    "Mistral's input and output": Example(
        "mistral-medium-3", chat(13, 7), "0.0000192", {"input": "0.0000052", "output": "0.000014"}
    ),
    "Mistral's cached tokens cost a tenth": Example(
        "mistral-medium-3.5",
        chat(1000, 100, prompt_tokens_details={"cached_tokens": 800}),
        "0.00117",
        {"cached_input": "0.00012", "input": "0.0003", "output": "0.00075"},
    ),
    "xAI's cached tokens are part of the prompt's": Example(
        "grok-4.5",
        chat(125, 48, prompt_tokens_details={"text_tokens": 125, "cached_tokens": 98}),
        "0.0003714",
        {"cached_input": "0.0000294", "input": "0.000054", "output": "0.000288"},
        shown=XAI_CACHING,
    ),
    # Its page: "Requests sent to the US regional endpoint are billed at 1.1x the global token rates."
    "xAI's premium of a tenth for a region is a factor on the key": Example(
        "grok-4.5",
        chat(125, 48, prompt_tokens_details={"cached_tokens": 98}),
        "0.00040854",
        {"cached_input": "0.00003234", "input": "0.0000594", "output": "0.0003168"},
        factor="1.1",
        shown=XAI_CACHING,
    ),
    "xAI's reasoning comes on top of the completion, not within it": Example(
        "grok-4.5",
        chat(
            32,
            9,
            unseen=94,
            prompt_tokens_details={"cached_tokens": 6},
            completion_tokens_details={"reasoning_tokens": 94},
        ),
        "0.0006718",
        {"cached_input": "0.0000018", "input": "0.000052", "output": "0.000054", "reasoning": "0.000564"},
        shown=XAI_USAGE,
    ),
    # A response of July 2026 that came with the provider's own sum, in units of a ten-billionth of a dollar.
    "xAI's own sum for a response that it served": Example(
        "grok-4.3",
        {
            "usage": {
                "input_tokens": 6853,
                "input_tokens_details": {"cached_tokens": 896},
                "output_tokens": 969,
                "output_tokens_details": {"reasoning_tokens": 701},
                "total_tokens": 7822,
                "cost_in_usd_ticks": 100479500,
            }
        },
        "0.01004795",
        read=from_response,
    ),
    "xAI's prompt of 199,999 tokens is a short one": Example(
        "grok-4.5", chat(199_999, 100), "0.400598", {"input": "0.399998", "output": "0.0006"}
    ),
    "xAI's prompt of 200,000 tokens is a long one already": Example(
        "grok-4.5", chat(200_000, 100), "0.8012", {"input": "0.8", "output": "0.0012"}
    ),
    # The provider's own sum: input 2.4e-05, output 0.006585, request 0.006, in all 0.012609.
    "Perplexity's own sum with its fee per request": Example(
        "sonar-pro, low",
        chat(8, 439, search_context_size="low"),
        "0.012609",
        {"input": "0.000024", "output": "0.006585", "request": "0.006"},
        shown=PERPLEXITY_CHANGES,
    ),
    # Perplexity's prices, but made-up counts and in OpenAI's shape: its own has reasoning at the top.
    "Perplexity's reasoning has a price of its own, below the output's": Example(
        "sonar-deep-research",
        chat(1000, 5000, completion_tokens_details={"reasoning_tokens": 4000}),
        "0.022",
        {"input": "0.002", "output": "0.008", "reasoning": "0.012"},
    ),
}
