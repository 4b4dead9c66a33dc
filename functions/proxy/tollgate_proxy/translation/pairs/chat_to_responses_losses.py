"""What of a chat's request OpenAI's responses have no place for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_proxy.translation.losses import Loss
from tollgate_proxy.translation.pairs import chat_losses

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE: Mapping[str, Loss] = {
    **chat_losses.LOSSES,
    "stop": Loss("has no equivalent in OpenAI's responses, which would go on behind it", refused=True),
    "top_k": Loss("has no equivalent in OpenAI's APIs"),
    "service_tier": Loss("is none of OpenAI's"),
    "name": Loss("has no equivalent in OpenAI's responses", member="messages[].name"),
}
