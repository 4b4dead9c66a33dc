"""Seals of one API's reasoning, in places where another API's clients keep opaque text and send it back.

A client of Anthropic's messages keeps a `signature`, one of OpenAI's responses `encrypted_content`. What is
put there for a client of another API names the API that made the seal, so that it goes back to no other one.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TypeGuard

from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation.conversation import Seal

# No API's own values have a dot after such a beginning: they are base64, or names.
_MARK = "tg1"
# In the place of a seal for what nothing seals, so that it is known not to be an API's own.
UNSEALED = f"{_MARK}."


def wrap(seal: Seal, text: str | None = None) -> str:
    """A seal for a client of another API; with the `text` that it seals, where that must come back unchanged
    and the client might not send it so.
    """
    held = {"v": seal.value, "i": seal.item_id, "t": text}
    packed = json.dumps({name: value for name, value in held.items() if value is not None})
    return f"{_MARK}.{seal.api}.{urlsafe_b64encode(packed.encode()).decode().rstrip('=')}"


def unwrap(value: str) -> tuple[Seal, str | None] | None:
    """The seal that was wrapped, and the text with it; None for an API's own value."""
    mark, _, rest = value.partition(".")
    api, _, packed = rest.partition(".")
    if mark != _MARK:
        return None
    try:
        made_by = ProviderApi(api)
        held = json.loads(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
        sealed, item_id, text = held["v"], held.get("i"), held.get("t")
    except (ValueError, RecursionError, KeyError, AttributeError, TypeError):
        return None
    if not isinstance(sealed, str) or not all(isinstance(each, str | None) for each in (item_id, text)):
        return None
    return Seal(made_by, sealed, item_id), text


def is_wrapped(value: object) -> TypeGuard[str]:
    """Whether a value is none of an API's own, even if nothing can be read of it."""
    return isinstance(value, str) and value.startswith(UNSEALED)


def native(value: str, api: ProviderApi) -> tuple[Seal | None, str | None]:
    """What is in an API's own place for it: a seal that was wrapped, or else that API's own.

    None of what was wrapped, and can't be read: no API would believe it.
    """
    if not is_wrapped(value):
        return Seal(api, value), None
    return unwrap(value) or (None, None)
