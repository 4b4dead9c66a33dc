"""The tables by their pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation.pairs import (
    chat_to_messages_losses,
    chat_to_responses_losses,
    messages_to_chat_losses,
    messages_to_responses_losses,
    responses_to_chat_losses,
    responses_to_messages_losses,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_proxy.translation.losses import Loss

_TABLES: Mapping[tuple[ProviderApi, ProviderApi], Mapping[str, Loss]] = {
    (ProviderApi.CHAT, ProviderApi.MESSAGES): chat_to_messages_losses.TABLE,
    (ProviderApi.CHAT, ProviderApi.RESPONSES): chat_to_responses_losses.TABLE,
    (ProviderApi.MESSAGES, ProviderApi.CHAT): messages_to_chat_losses.TABLE,
    (ProviderApi.MESSAGES, ProviderApi.RESPONSES): messages_to_responses_losses.TABLE,
    (ProviderApi.RESPONSES, ProviderApi.CHAT): responses_to_chat_losses.TABLE,
    (ProviderApi.RESPONSES, ProviderApi.MESSAGES): responses_to_messages_losses.TABLE,
}


def of(client: ProviderApi, provider: ProviderApi) -> Mapping[str, Loss]:
    """What of the client's requests the provider's API can't carry, by the names of members."""
    return _TABLES[client, provider]
