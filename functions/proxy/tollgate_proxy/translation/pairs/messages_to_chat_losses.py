"""What a chat completion can't carry of a request for one of Anthropic's messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_proxy.translation.pairs import messages_losses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_proxy.translation.losses import Loss

TABLE: Mapping[str, Loss] = {**messages_losses.TABLE}
