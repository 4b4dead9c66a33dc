"""OpenAI's prices and bills."""

from __future__ import annotations

from tests.pricing_examples import Example, chat, factors, published, rates
from tollgate.pricing.price_versions import Tier
from tollgate.pricing.provider_usage import from_response

OPENAI = "https://developers.openai.com/api/docs/pricing"
OPENAI_PRIORITY = "https://openai.com/api-priority-processing/"
OPENAI_CACHING = "https://developers.openai.com/api/docs/guides/prompt-caching"
OPENAI_REASONING = "https://developers.openai.com/api/docs/guides/reasoning"
OPENAI_FLEX = "https://developers.openai.com/api/docs/guides/flex-processing"
OPENAI_SEARCH = "https://developers.openai.com/api/docs/guides/tools-web-search"
OPENAI_AUDIO = "https://developers.openai.com/api/docs/models/gpt-4o-audio-preview"
OPENAI_IMAGE = "https://developers.openai.com/api/docs/models/gpt-image-1"
OPENAI_IMAGE_USAGE = "https://developers.openai.com/api/docs/api-reference/images"
OPENAI_EMBEDDING_USAGE = "https://developers.openai.com/api/docs/api-reference/embeddings"

PRICES = {
    "gpt-4o": published(OPENAI, input="2.50", cached_input="1.25", output="10.00"),
    # Flex at the batch rates, half ($0.625, $0.0625, $5.00); priority $2.50, $0.25, $20.00, that is twice.
    "gpt-5": published(
        f"{OPENAI} {OPENAI_FLEX} {OPENAI_PRIORITY}",
        {
            "service_tiers": factors(flex="0.5", priority="2"),
            "tool_prices": factors(web_search="0.01", file_search="0.0025"),  # $10, $2.50 per 1k calls
        },
        input="1.25",
        cached_input="0.125",
        output="10.00",
    ),
    # Priority $3.50, $0.875, $14.00, that is 1.75 times.
    "gpt-4.1": published(
        f"{OPENAI} {OPENAI_PRIORITY}",
        {"service_tiers": factors(priority="1.75")},
        input="2.00",
        cached_input="0.50",
        output="8.00",
    ),
    "gpt-6-astra": published(OPENAI, input="10.00", cached_input="1.00", cache_write="12.50", output="50.00"),
    # Prompts longer than 272K input tokens cost twice, and their output one and a half times.
    "gpt-5.4": published(
        OPENAI,
        {"tiers": (Tier(272_000, rates(input="5.00", cached_input="0.50", output="22.50")),)},
        input="2.50",
        cached_input="0.25",
        output="15.00",
    ),
    "gpt-4o-audio-preview": published(
        OPENAI_AUDIO, input="2.50", input_audio="40.00", output="10.00", output_audio="80.00"
    ),
    "gpt-image-1": published(OPENAI_IMAGE, input="5.00", input_image="10.00", output_image="40.00"),
    "text-embedding-3-small": published(OPENAI, input="0.02"),
}

CACHED_CHAT = chat(2006, 300, prompt_tokens_details={"cached_tokens": 1920})
REASONED = {
    "input_tokens": 75,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 1186,
    "output_tokens_details": {"reasoning_tokens": 1024},
    "total_tokens": 1261,
}
SEARCH = {"type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "news"}}
OPEN_PAGE = {"type": "web_search_call", "status": "completed", "action": {"type": "open_page"}}
FILE_SEARCH = {"type": "file_search_call", "status": "completed"}
MESSAGE = {"type": "message", "role": "assistant", "content": []}

EXAMPLES = {
    "OpenAI takes cached tokens out of the prompt's and halves them": Example(
        "gpt-4o",
        CACHED_CHAT,
        "0.005615",
        {"input": "0.000215", "cached_input": "0.0024", "output": "0.003"},
        shown=OPENAI_CACHING,
    ),
    "OpenAI charges a cache write once and at a premium": Example(
        "gpt-6-astra",
        chat(2006, 300, prompt_tokens_details={"cached_tokens": 0, "cache_write_tokens": 1920}),
        "0.03986",
        {"input": "0.00086", "cache_write": "0.024", "output": "0.015"},
    ),
    "OpenAI's prompt of 272,000 tokens is a short one": Example(
        "gpt-5.4", chat(272_000, 1000), "0.695", {"input": "0.68", "output": "0.015"}
    ),
    "OpenAI's prompt of 272,001 tokens is a long one, output included": Example(
        "gpt-5.4", chat(272_001, 1000), "1.382505", {"input": "1.360005", "output": "0.0225"}
    ),
    "OpenAI charges reasoning as the output that it is part of": Example(
        "gpt-5",
        {"usage": REASONED, "output": [MESSAGE]},
        "0.01195375",
        {"input": "0.00009375", "output": "0.00162", "reasoning": "0.01024"},
        read=from_response,
        shown=OPENAI_REASONING,
    ),
    "OpenAI's flex tier costs half": Example(
        "gpt-5",
        {"usage": REASONED, "output": [MESSAGE], "service_tier": "flex"},
        "0.005976875",
        {"input": "0.000046875", "output": "0.00081", "reasoning": "0.00512"},
        read=from_response,
        shown=OPENAI_REASONING,
    ),
    "OpenAI's priority tier doubles GPT-5, cached tokens too": Example(
        "gpt-5",
        CACHED_CHAT,
        "0.006695",
        {"input": "0.000215", "cached_input": "0.00048", "output": "0.006"},
        tier="priority",
        shown=OPENAI_CACHING,
    ),
    "OpenAI's priority tier costs 1.75 times GPT-4.1": Example(
        "gpt-4.1",
        CACHED_CHAT,
        "0.006181",
        {"input": "0.000301", "cached_input": "0.00168", "output": "0.0042"},
        tier="priority",
        shown=OPENAI_CACHING,
    ),
    "OpenAI's default tier, named in the response, costs the plain rate": Example(
        "gpt-5", CACHED_CHAT, "0.0033475", tier="default", shown=OPENAI_CACHING
    ),
    "OpenAI charges audio apart from text, in and out": Example(
        "gpt-4o-audio-preview",
        chat(
            120,
            500,
            prompt_tokens_details={"cached_tokens": 0, "audio_tokens": 100},
            completion_tokens_details={"reasoning_tokens": 0, "audio_tokens": 400},
        ),
        "0.03705",
        {"input": "0.00005", "input_audio": "0.004", "output": "0.001", "output_audio": "0.032"},
    ),
    # The counts are those of the images reference; they are written as a chat's details here.
    "OpenAI charges image tokens apart from text, in and out": Example(
        "gpt-image-1",
        chat(
            50,
            50,
            prompt_tokens_details={"text_tokens": 10, "image_tokens": 40},
            completion_tokens_details={"image_tokens": 50},
        ),
        "0.00245",
        {"input": "0.00005", "input_image": "0.0004", "output_image": "0.002"},
        shown=OPENAI_IMAGE_USAGE,
    ),
    "OpenAI's embedding of eight tokens costs 0.16 millionths of a dollar": Example(
        "text-embedding-3-small",
        {"prompt_tokens": 8, "total_tokens": 8},
        "0.00000016",
        {"input": "0.00000016"},
        shown=OPENAI_EMBEDDING_USAGE,
    ),
    "OpenAI's searches cost a fee each beside the tokens": Example(
        "gpt-5",
        {"usage": REASONED, "output": [SEARCH, SEARCH, FILE_SEARCH, MESSAGE]},
        "0.03445375",
        {
            "input": "0.00009375",
            "output": "0.00162",
            "reasoning": "0.01024",
            "tool:file_search": "0.0025",
            "tool:web_search": "0.02",
        },
        read=from_response,
    ),
    "OpenAI's flex tier leaves a search's fee as it is": Example(
        "gpt-5",
        {"usage": REASONED, "output": [SEARCH, MESSAGE], "service_tier": "flex"},
        "0.015976875",
        read=from_response,
    ),
}
