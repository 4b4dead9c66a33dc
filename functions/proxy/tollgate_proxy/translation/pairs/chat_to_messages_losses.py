"""What of a chat's request Anthropic's messages have no place for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_proxy.translation.losses import Loss
from tollgate_proxy.translation.pairs import chat_losses

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOWHERE = "has no equivalent in Anthropic's API"
_NO_SAMPLING = "isn't taken by this model, or not beside what else is asked for"

TABLE: Mapping[str, Loss] = {
    **chat_losses.LOSSES,
    "document.media_type": Loss(
        "must be a PDF or text for Anthropic's models", refused=True, member="messages[].content[].file"
    ),
    "image.detail": Loss(_NOWHERE, member="messages[].content[].image_url.detail"),
    "name": Loss(_NOWHERE, member="messages[].name"),
    "output": Loss("can only be asked for in the prompt of this model", member="response_format"),
    "reasoning": Loss("can't be kept to by this model, or in this request", member="reasoning_effort"),
    "service_tier": Loss("is none of Anthropic's"),
    "stop": Loss("can't be white space alone in Anthropic's API", refused=True),
    "strict": Loss("has a schema that Anthropic's API can't keep to", member="tools[].function.strict"),
    "temperature": Loss("is more than this model takes"),
    "tool_choice": Loss("can't make this model call a tool"),
    "top_k": Loss(_NO_SAMPLING),
    "top_p": Loss(_NO_SAMPLING),
    "verbosity": Loss(_NOWHERE),
}
