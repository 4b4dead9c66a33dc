"""What of a chat's request Anthropic's messages have no place for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_proxy.translation.losses import Loss
from tollgate_proxy.translation.pairs import chat_losses

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE: Mapping[str, Loss] = {
    **chat_losses.LOSSES,
    "output": Loss("has no equivalent without a schema", member="response_format"),
    "verbosity": Loss("has no equivalent in Anthropic's API"),
    "service_tier": Loss("is none of Anthropic's"),
    "name": Loss("has no equivalent in Anthropic's API", member="messages[].name"),
}
