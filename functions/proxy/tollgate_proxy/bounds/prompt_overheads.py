"""What a provider puts around each prompt and bills, though nobody has sent it.

An API's own framing, a model's chat template, a hidden system prompt: small with most, but not with all. The
figures are upper bounds, rounded up from what is published or was reported; a model's setting
`promptOverhead` replaces them, and what answers report beyond a bound is added to later ones
(`ObservedOverheads`).

Sources: Anthropic's "Tool use" (tools' system prompt of each model), the chat templates that are published
with open models, OpenAI's "Harmony response format", reports of `prompt_tokens` for one short message.
"""

from __future__ import annotations

from dataclasses import field
from typing import NamedTuple

from tollgate.lean_dataclass import dataclass
from tollgate.pricing.vendors import Vendor

# Beyond this a report says more of its reader than of a prompt.
MAX_LEARNED = 4_096


class Overhead(NamedTuple):
    """Tokens around a prompt without tools, and with some."""

    plain: int
    tools: int


# Framing: Claude's since Opus 4.7 is the longest, 11 tokens around one message. With tools, what teaches an
# open model their format: DeepSeek V3.2's is the longest, of some 400.
DEFAULT = Overhead(12, 512)
# The system prompt for tools: 804 tokens with Opus 4.7 and `tool_choice: any`, the longest that is published.
CLAUDE = Overhead(12, 1_024)
_BY_VENDOR = {
    # Tools become a section of the system message, of some 20 tokens without their definitions.
    Vendor.OPENAI: Overhead(12, 256),
    Vendor.AZURE: Overhead(12, 256),
    Vendor.ANTHROPIC: CLAUDE,
    # Grok 4 answers one short message with some 680 prompt tokens.
    Vendor.XAI: Overhead(1_024, 1_536),
}
# By what a model's name holds, with those who serve models of others; the first that fits.
_BY_NAME = {
    "claude": CLAUDE,
    # Harmony's system message: identity, dates, effort, channels: 60 to 75 tokens.
    "gpt-oss": Overhead(96, 512),
    "grok": Overhead(1_024, 1_536),
    # "Cutting Knowledge Date", "Today Date".
    "llama": Overhead(48, 512),
    # "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
    "qwen": Overhead(48, 768),
    "kimi": Overhead(48, 512),
    "minimax": Overhead(96, 768),
    # A default system prompt of some 500 tokens in the published templates.
    "mistral": Overhead(1_024, 1_536),
    "magistral": Overhead(1_024, 1_536),
    "devstral": Overhead(2_048, 2_560),
    "granite": Overhead(256, 768),
    "smollm": Overhead(384, 768),
    "phi-4": Overhead(384, 768),
    "command": Overhead(1_024, 1_536),
    # Searches by itself, with instructions of its own.
    "compound": Overhead(2_048, 2_560),
}
# Whose models are their own, whatever these are called.
_OWN = frozenset({Vendor.OPENAI, Vendor.AZURE, Vendor.ANTHROPIC, Vendor.XAI, Vendor.MISTRAL})


def overhead_for(vendor: Vendor, usual: Overhead, remote_id: str, *, has_tools: bool) -> int:
    """The tokens around a prompt, for a provider of that vendor and its name of the model.

    `usual` is what is reckoned with where neither says more.
    """
    found = _by(vendor, usual, remote_id.lower())
    return found.tools if has_tools else found.plain


def _by(vendor: Vendor, usual: Overhead, name: str) -> Overhead:
    if vendor in _BY_VENDOR:
        return _BY_VENDOR[vendor]
    if vendor not in _OWN:
        for part, overhead in _BY_NAME.items():
            if part in name:
                return overhead
    return usual


class OverheadKey(NamedTuple):
    """What an overhead depends on; `api` by its name."""

    provider_id: str
    remote_id: str
    api: str
    has_tools: bool


@dataclass(frozen=True, slots=True)
class ObservedOverheads:
    """The overheads that answers have reported, as one execution environment has seen them."""

    tokens: dict[OverheadKey, int] = field(default_factory=dict)

    def overhead_of(self, key: OverheadKey) -> int:
        return self.tokens.get(key, 0)

    def note(self, key: OverheadKey, reported: int, bound: int) -> None:
        """Remembers what was `reported` for a prompt that was `bound` to less without any overhead."""
        excess = min(reported - bound, MAX_LEARNED)
        if excess > self.overhead_of(key):
            self.tokens[key] = excess


def effective(known: int, setting: int | None, learned: int) -> int:
    """The overhead to reckon with: a model's own setting goes before what is known of others."""
    return max(known if setting is None else setting, learned)
