"""Conversations: which model serves one, so that its budget's getting tight doesn't change that midway."""

from __future__ import annotations

import hashlib
from datetime import timedelta

# From a conversation's first request, however many follow: a name can't keep a dear model for longer.
LASTS = timedelta(hours=24)


def name_of(key_id: str, conversation: str, model: str) -> str:
    """What a conversation is stored under: the client's name for it tells nothing apart but its own key's.

    Calls of each `model` that it asks for go on by themselves: a client may have a small one do chores.
    """
    # Neither an id of a key nor a model's name has a line break, so no two conversations share a name.
    named = f"{key_id}\n{model}\n{conversation}".encode()
    return f"conversation-{hashlib.sha256(named).hexdigest()}"
