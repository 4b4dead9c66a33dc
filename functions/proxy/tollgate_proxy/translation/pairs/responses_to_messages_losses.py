"""What of a request for a response Anthropic's messages have no place for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_proxy.translation.losses import Loss
from tollgate_proxy.translation.pairs import responses_losses

if TYPE_CHECKING:
    from collections.abc import Mapping

_SAMPLING = "isn't taken by this model, or not together with what else is asked for"

TABLE: Mapping[str, Loss] = {
    **responses_losses.LOSSES,
    "verbosity": Loss("has no equivalent in Anthropic's messages", member="text.verbosity"),
    "output": Loss(
        "can't be held to by this model; it is told in the system prompt instead", member="text.format"
    ),
    "strict": Loss("isn't possible for this model, or with this schema", member="tools[].strict"),
    "reasoning": Loss("isn't possible for this model, or not together with what else is asked for"),
    "temperature": Loss(_SAMPLING),
    "top_p": Loss(_SAMPLING),
    "service_tier": Loss("names a tier that Anthropic doesn't have"),
    "tool_choice": Loss("can't make this model call a tool"),
    "image.detail": Loss("has no equivalent in Anthropic's messages", member="input[].content[].detail"),
    "document.media_type": Loss(
        "must be of a PDF or of text for this model", refused=True, member="input[].content[].file_data"
    ),
}
