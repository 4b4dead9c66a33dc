"""The API key that a client's request carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.keys import api_keys
from tollgate.ledger import refusal_messages
from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.keys.api_keys import ApiKey


def api_key_from(headers: Mapping[str, str]) -> ApiKey:
    """From the headers that SDKs use, names in lower case; raises `RefusedError`.

    `x-api-key` is that of Anthropic's clients, `api-key` that of Azure's.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    bare = headers.get("x-api-key") or headers.get("api-key") or ""
    text = token.strip() if scheme.lower() == "bearer" else bare.strip()
    if not text:
        message = (
            "You didn't provide an API key. Send it as `Authorization: Bearer`, `x-api-key` or `api-key`."
        )
        raise RefusedError(Reason.INVALID_API_KEY, message)
    key = api_keys.parse(text)
    if key is None:
        raise refusal_messages.invalid_key()
    return key
