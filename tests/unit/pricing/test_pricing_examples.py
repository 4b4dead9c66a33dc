"""What the examples of all providers cover together."""

from __future__ import annotations

from tests.pricing_examples import anthropic, bill_for, google, openai, others
from tollgate.pricing.usage import TokenClass

PROVIDERS = (openai, anthropic, google, others)


def test_every_class_of_tokens_and_every_kind_of_fee_has_an_example():
    items = {
        line.item
        for provider in PROVIDERS
        for example in provider.EXAMPLES.values()
        for line in bill_for(example, provider.PRICES).lines
    }
    assert items >= {*TokenClass, "request", "tool:web_search", "tool:file_search"}
