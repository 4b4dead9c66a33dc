"""Who may use the admin API: the same for each function that serves it."""

from __future__ import annotations

import hmac
import time
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tollgate.adapters import admin_token
from tollgate_admin import settings
from tollgate_admin.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

# A rotated token is in force, and the old one no longer, after this time.
_TOKEN_SECONDS = 60


def authenticate(event: Mapping[str, Any]) -> None:
    """Raises `ProblemError` unless API Gateway's event comes from an admin."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), _token().encode()):
        message = "Send the admin token as `Authorization: Bearer`."
        raise ProblemError(HTTPStatus.UNAUTHORIZED, message)


def _token() -> str:
    return _token_during(int(time.monotonic() // _TOKEN_SECONDS))


@lru_cache(maxsize=1)
def _token_during(_period: int) -> str:
    return admin_token.read(settings.from_environment().admin_token_secret)
