"""The APIs whose calls Tollgate meters. A new one is a module beside this one, and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_proxy.apis.chat import CHAT
from tollgate_proxy.apis.embeddings import EMBEDDINGS
from tollgate_proxy.apis.images import IMAGES
from tollgate_proxy.apis.messages import MESSAGES
from tollgate_proxy.apis.responses import RESPONSES

if TYPE_CHECKING:
    from tollgate_proxy.apis.base import Api

__all__ = ["APIS", "CHAT", "EMBEDDINGS", "IMAGES", "MESSAGES", "RESPONSES"]

APIS: tuple[Api, ...] = (CHAT, RESPONSES, MESSAGES, EMBEDDINGS, IMAGES)
