"""Requests for tokens, over the connections that calls are made on."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tollgate.catalog.provider_auth import NoTokenError
from tollgate_proxy.upstream.connections import ProviderConnectionError
from tollgate_proxy.upstream.provider_pool import Waits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_proxy.upstream.provider_pool import OpenAnswer, ProviderPool

logger = logging.getLogger(__name__)

_OK = 200
# What a call waits for a token at most: seconds to connect, for the answer, and for both.
_SECONDS = 10.0
_PATIENCE = Waits(connect=3, read=8, total=_SECONDS)
# Tokens are some kilobytes long, with many claims.
_MAX_BYTES = 64 * 1024
_MAX_TOLD = 500


class TokenRequests:
    """An `Ask` over a pool. `http_allowed` is for token endpoints of a local stack."""

    def __init__(self, pool: ProviderPool, *, http_allowed: bool) -> None:
        self._pool = pool
        self._http_allowed = http_allowed

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> bytes:
        host = urlsplit(url).hostname
        if not (url.startswith("https://") or self._http_allowed):
            raise NoTokenError(f"The token endpoint at {host} is no https URL")
        deadline = time.monotonic() + _SECONDS
        try:
            answer = self._pool.ask("POST", url, body, headers, _PATIENCE)
            content = _content(answer, deadline)
        except ProviderConnectionError as error:
            raise NoTokenError(f"The token endpoint at {host} gave no answer: {error}") from error
        if answer.status != _OK:
            # It is the administrator who can do something about it; clients aren't told.
            logger.warning("%s gave no token (%s): %s", host, answer.status, content[:_MAX_TOLD])
            raise NoTokenError(f"The token endpoint at {host} answered {answer.status}")
        return content


def _content(answer: OpenAnswer, deadline: float) -> bytes:
    content = b""
    try:
        for piece in answer.pieces():
            content += piece
            if len(content) > _MAX_BYTES or time.monotonic() > deadline:
                raise NoTokenError("The token endpoint's answer is too long")
    finally:
        answer.close()
    return content
