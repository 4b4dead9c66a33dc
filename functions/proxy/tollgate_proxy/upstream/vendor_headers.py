"""Vendors' own headers of a client, of which a provider gets those of the API that it is asked by.

They come in families, `anthropic-…` and `openai-…`, which grow. What speaks of an account stays here, for it
would be the client's and not the gateway's, and what could prove or price something.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.upstream import response_headers

if TYPE_CHECKING:
    from collections.abc import Mapping

_ANTHROPICS, _OPENAIS = "anthropic-", "openai-"
# Words of a name for which a header stays here, and is named to the client: whose account is asked and billed
# (`openai-organization`, `openai-project`, `anthropic-workspace-id`), what proves it, and what a price could
# depend on. What a body can ask for in their place is read and priced there.
_HELD_BACK = frozenset(
    {
        *("account", "organization", "project", "tenant", "workspace"),
        *("auth", "authorization", "cookie", "credential", "credentials", "key", "password"),
        *("secret", "signature", "token"),
        *("fallback", "fallbacks", "fast", "geo", "model", "priority", "region", "speed", "tier"),
    }
)
# Of a key in a browser, which a client may send, and the provider's never is.
_OF_BROWSERS = "anthropic-dangerous-"
_WORD = re.compile(r"[^-_.]+")
_MAX_CHARACTERS = 1_000


def passing(headers: Mapping[str, str], api: ProviderApi) -> tuple[dict[str, str], list[str]]:
    """Those that go to a provider that is asked by an API, and the names of those held back from it."""
    family = _ANTHROPICS if api is ProviderApi.MESSAGES else _OPENAIS
    of_family = {
        name: value
        for name, value in headers.items()
        if name.startswith(family) and not name.startswith(_OF_BROWSERS)
    }
    sent = {name: value for name, value in of_family.items() if _passes(name, value)}
    return sent, [name for name in of_family if name not in sent]


def _passes(name: str, value: str) -> bool:
    if len(value) > _MAX_CHARACTERS or not response_headers.is_sound(name, value):
        return False
    return _HELD_BACK.isdisjoint(_WORD.findall(name))
