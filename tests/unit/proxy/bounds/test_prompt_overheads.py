import pytest

from tollgate.pricing.vendors import Vendor
from tollgate_proxy.apis import registry
from tollgate_proxy.bounds import prompt_overheads
from tollgate_proxy.bounds.prompt_overheads import MAX_LEARNED, ObservedOverheads, OverheadKey

SHAPE = OverheadKey("prv_a", "model", "chat", has_tools=False)


@pytest.mark.parametrize(
    ("vendor", "api", "name", "plain", "tools"),
    [
        (Vendor.OPENAI, registry.RESPONSES, "gpt-5", 12, 256),
        (Vendor.ANTHROPIC, registry.MESSAGES, "claude-opus-5", 12, 1024),
        (Vendor.AMAZON, registry.MESSAGES, "anthropic.claude-v3", 12, 1024),
        (Vendor.OTHER, registry.MESSAGES, "anything", 12, 1024),
        (Vendor.OTHER, registry.CHAT, "anything", 12, 512),
        (Vendor.OPENROUTER, registry.CHAT, "anthropic/claude-sonnet-5", 12, 1024),
        (Vendor.XAI, registry.CHAT, "grok-4", 1024, 1536),
        (Vendor.GROQ, registry.CHAT, "openai/gpt-oss-120b", 96, 512),
        (Vendor.OTHER, registry.CHAT, "Qwen/Qwen2.5-7B-Instruct", 48, 768),
        (Vendor.OTHER, registry.CHAT, "meta-llama/Llama-3.3-70B", 48, 512),
        (Vendor.OTHER, registry.CHAT, "mistralai/Mistral-Small-3.2", 1024, 1536),
        (Vendor.MISTRAL, registry.CHAT, "mistral-large-latest", 12, 512),
    ],
)
def test_what_is_around_a_prompt_depends_on_vendor_api_model_and_tools(vendor, api, name, plain, tools):
    assert prompt_overheads.overhead_for(vendor, api.framing, name, has_tools=False) == plain
    assert prompt_overheads.overhead_for(vendor, api.framing, name, has_tools=True) == tools


def test_a_models_setting_goes_before_what_is_known_and_what_is_learned_before_both():
    assert prompt_overheads.effective(12, None, 0) == 12
    assert prompt_overheads.effective(12, 0, 0) == 0
    assert prompt_overheads.effective(12, 500, 30) == 500
    assert prompt_overheads.effective(12, 5, 30) == 30


def test_the_largest_excess_is_learned_up_to_a_bound():
    learned = ObservedOverheads()
    for reported, expected in ((5, 0), (110, 100), (60, 100), (10**9, MAX_LEARNED)):
        learned.note(SHAPE, reported, bound=10)
        assert learned.overhead_of(SHAPE) == expected
    assert learned.overhead_of(SHAPE._replace(has_tools=True)) == 0
