"""How many tokens a request costs, and how each API reports them."""

from dataclasses import dataclass
from typing import Any, Self

from infra.mock_provider.control import Control

DEFAULT_COMPLETION_TOKENS = 16

# What message_start reports: the real API has produced a token or two by then.
FIRST_OUTPUT_TOKENS = 1


@dataclass(frozen=True)
class Completion:
    """One choice's tokens, those for reasoning and audio included, and whether a limit cut them."""

    tokens: int
    reasoning: int = 0
    audio: int = 0
    truncated: bool = False
    endless: bool = False

    @classmethod
    def plan(cls, control: Control, limit: int | None) -> Self:
        """`limit` bounds all tokens, reasoning included, as max_completion_tokens does."""
        wanted = control.completion_tokens
        if wanted is None:
            wanted = DEFAULT_COMPLETION_TOKENS + control.reasoning_tokens + control.completion_audio_tokens
        if limit is None or wanted <= limit:
            reasoning, audio = control.reasoning_tokens, control.completion_audio_tokens
            return cls(wanted, reasoning, audio, endless=control.endless)
        reasoning = min(control.reasoning_tokens, limit)
        audio = min(control.completion_audio_tokens, limit - reasoning)
        return cls(limit, reasoning, audio, truncated=True, endless=control.endless)

    @property
    def visible(self) -> int | None:
        """Tokens of the text; None if it never ends."""
        return None if self.endless else max(0, self.tokens - self.reasoning - self.audio)


def reported_prompt(control: Control, counted: int) -> int:
    return counted if control.prompt_tokens is None else control.prompt_tokens


def openai_prompt(control: Control, counted: int) -> int:
    """OpenAI's prompt total, of which cached and other special tokens are parts."""
    if control.prompt_tokens is not None:
        return control.prompt_tokens
    parts = (
        control.cached_tokens,
        cache_creation_tokens(control),
        control.prompt_audio_tokens,
        control.prompt_image_tokens,
    )
    return max(counted, sum(parts))


def cache_creation_tokens(control: Control) -> int:
    return max(control.cache_creation_tokens, control.cache_creation_1h_tokens)


def chat_usage(control: Control, counted: int, completion: Completion, choices: int) -> dict[str, Any]:
    prompt = openai_prompt(control, counted)
    completions = completion.tokens * choices
    prompt_details = {
        "cached_tokens": control.cached_tokens,
        "cache_write_tokens": cache_creation_tokens(control),
        "audio_tokens": control.prompt_audio_tokens,
    }
    if control.prompt_image_tokens:
        prompt_details["image_tokens"] = control.prompt_image_tokens
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completions,
        "total_tokens": prompt + completions,
        "prompt_tokens_details": prompt_details,
        "completion_tokens_details": {
            "reasoning_tokens": completion.reasoning * choices,
            "audio_tokens": completion.audio * choices,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def responses_usage(control: Control, counted: int, completion: Completion) -> dict[str, Any]:
    prompt = openai_prompt(control, counted)
    return {
        "input_tokens": prompt,
        "input_tokens_details": {
            "cached_tokens": control.cached_tokens,
            "cache_write_tokens": cache_creation_tokens(control),
        },
        "output_tokens": completion.tokens,
        "output_tokens_details": {"reasoning_tokens": completion.reasoning},
        "total_tokens": prompt + completion.tokens,
    }


def embeddings_usage(control: Control, counted: int) -> dict[str, Any]:
    prompt = reported_prompt(control, counted)
    return {"prompt_tokens": prompt, "total_tokens": prompt}


def anthropic_usage(control: Control, counted: int, completion: Completion) -> dict[str, Any]:
    """A message's usage; its input tokens are those neither read from nor written to the cache."""
    written = cache_creation_tokens(control)
    return {
        **anthropic_delta_usage(control, counted, completion),
        "cache_creation": {
            "ephemeral_5m_input_tokens": written - control.cache_creation_1h_tokens,
            "ephemeral_1h_input_tokens": control.cache_creation_1h_tokens,
        },
        "service_tier": "standard",
    }


def anthropic_start_usage(control: Control, counted: int) -> dict[str, Any]:
    begun = Completion(FIRST_OUTPUT_TOKENS)
    return anthropic_usage(control, counted, begun)


def anthropic_delta_usage(control: Control, counted: int, completion: Completion) -> dict[str, Any]:
    """The cumulative usage of message_delta, which does not split cache creation by its time to live."""
    usage: dict[str, Any] = {
        "input_tokens": reported_prompt(control, counted),
        "cache_creation_input_tokens": cache_creation_tokens(control),
        "cache_read_input_tokens": control.cached_tokens,
        "output_tokens": completion.tokens,
    }
    if completion.reasoning:
        usage["output_tokens_details"] = {"thinking_tokens": completion.reasoning}
    return usage
