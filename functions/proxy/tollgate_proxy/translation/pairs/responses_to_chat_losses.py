"""What of a request for a response chats have no place for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_proxy.translation.pairs import responses_losses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_proxy.translation.losses import Loss

TABLE: Mapping[str, Loss] = {**responses_losses.LOSSES}
