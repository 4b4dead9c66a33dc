"""Google's prices and bills."""

from __future__ import annotations

from tests.pricing_examples import Example, chat, published, rates
from tollgate.pricing.price_versions import Tier
from tollgate.pricing.vendors import Vendor

GEMINI = "https://ai.google.dev/gemini-api/docs/pricing"

PRICES = {
    # Output "including thinking tokens".
    "gemini-2.5-pro": published(
        GEMINI,
        {"tiers": (Tier(200_000, rates(input="2.50", cached_input="0.25", output="15.00")),)},
        input="1.25",
        cached_input="0.125",
        output="10.00",
    ),
    "gemini-2.5-flash": published(GEMINI, input="0.30", input_audio="1.00", output="2.50"),
    "gemini-3-pro-image": published(GEMINI, input="2.00", output="12.00", output_image="120.00"),
}

EXAMPLES = {
    "Google's prompt of 200,000 tokens is a short one": Example(
        "gemini-2.5-pro", chat(200_000, 1000), "0.26", {"input": "0.25", "output": "0.01"}
    ),
    "Google's prompt of 200,001 tokens is a long one, output included": Example(
        "gemini-2.5-pro", chat(200_001, 1000), "0.5150025", {"input": "0.5000025", "output": "0.015"}
    ),
    "Google's cached tokens count towards the long prompt and cost a tenth of it": Example(
        "gemini-2.5-pro",
        chat(200_001, 1000, prompt_tokens_details={"cached_tokens": 150_000}),
        "0.1775025",
        {"cached_input": "0.0375", "input": "0.1250025", "output": "0.015"},
    ),
    "Google's thoughts, seen in the total alone, cost what output does": Example(
        "gemini-2.5-pro",
        chat(1000, 100, unseen=400),
        "0.00625",
        {"input": "0.00125", "output": "0.001", "reasoning": "0.004"},
        vendor=Vendor.GOOGLE,
    ),
    "Google's thoughts on a long prompt cost what its output does": Example(
        "gemini-2.5-pro",
        chat(200_001, 100, unseen=400),
        "0.5075025",
        {"input": "0.5000025", "output": "0.0015", "reasoning": "0.006"},
        vendor=Vendor.GOOGLE,
    ),
    "Google charges audio apart from text": Example(
        "gemini-2.5-flash",
        chat(1000, 200, prompt_tokens_details={"audio_tokens": 600}),
        "0.00122",
        {"input": "0.00012", "input_audio": "0.0006", "output": "0.0005"},
    ),
    # "Output images up to 4096x4096px consume 2000 tokens and are equivalent to $0.24 per image. Image
    # input is set at 560 tokens or $0.0011 per image", which is rounded.
    "Google's own sum for a 4K image out of another": Example(
        "gemini-3-pro-image",
        chat(
            560,
            2000,
            prompt_tokens_details={"image_tokens": 560},
            completion_tokens_details={"image_tokens": 2000},
        ),
        "0.24112",
        {"input_image": "0.00112", "output_image": "0.24"},
        shown=GEMINI,
    ),
}
