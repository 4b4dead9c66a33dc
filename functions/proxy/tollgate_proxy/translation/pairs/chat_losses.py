"""What of a chat's request no other API has a place for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_proxy.translation.losses import Loss

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNKNOWN = "is a member that the API of the model's provider doesn't have"
_AUDIO = "isn't available, because the API of the model's provider has no audio"
_HOSTED = "is run by the provider, and the model's provider has another API for it"
_FORM = "constrains the answer in a way that the API of the model's provider doesn't have"
_OLD = "isn't available for this model; use `tools`, which has replaced it"
_SAMPLING = "has no equivalent in the API of the model's provider"
_LOGPROBS = "isn't available, because the API of the model's provider tells no log probabilities of a chat"

# What isn't refused is a hint, or changes how likely words are: answers are of the same kind without it.
LOSSES: Mapping[str, Loss] = {
    "audio": Loss(_AUDIO, refused=True),
    "messages[].audio": Loss(_AUDIO, refused=True),
    "messages[].content[].input_audio": Loss(_AUDIO, refused=True),
    "messages[].content[].input_video": Loss("has no equivalent, because it takes no video", refused=True),
    "messages[].content[].video_url": Loss("has no equivalent, because it takes no video", refused=True),
    "modalities": Loss("may only be text for this model", refused=True),
    "messages[].content[].file.file_id": Loss(
        "names a file of another provider's; send the file itself in `file_data`", refused=True
    ),
    "functions": Loss(_OLD, refused=True),
    "function_call": Loss(_OLD, refused=True),
    "messages[].function_call": Loss("is of old; send `tool_calls` and `tool` messages", refused=True),
    "n": Loss("can't be more than 1 for this model", refused=True),
    "best_of": Loss("can't be more than 1 for this model", refused=True),
    "logprobs": Loss(_LOGPROBS, refused=True),
    "top_logprobs": Loss(_LOGPROBS, refused=True),
    "logit_bias": Loss("names tokens of another model's vocabulary", refused=True),
    "moderation": Loss("isn't available for this model", refused=True),
    "tools[].type": Loss("must be function or custom for this model", refused=True),
    "web_search_options": Loss(_HOSTED, refused=True),
    "search_parameters": Loss(_HOSTED, refused=True),
    "enable_search": Loss(_HOSTED, refused=True),
    "plugins": Loss(_HOSTED, refused=True),
    "structured_outputs": Loss(_FORM, refused=True),
    "guided_json": Loss(_FORM, refused=True),
    "guided_regex": Loss(_FORM, refused=True),
    "guided_choice": Loss(_FORM, refused=True),
    "guided_grammar": Loss(_FORM, refused=True),
    "frequency_penalty": Loss(_SAMPLING),
    "presence_penalty": Loss(_SAMPLING),
    "repetition_penalty": Loss(_SAMPLING),
    "min_p": Loss(_SAMPLING),
    "seed": Loss("has no equivalent, so that answers differ each time"),
    "metadata": Loss("isn't kept by the model's provider"),
    "store": Loss("isn't available, because the model's provider keeps no chats"),
    "prediction": Loss("doesn't make answers faster there"),
    "prompt_cache_options": Loss(_UNKNOWN),
    "prompt_cache_retention": Loss(_UNKNOWN),
    "user": Loss("is told by `safety_identifier` already"),
}
