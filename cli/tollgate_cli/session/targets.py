"""Which gateway a command talks to, and with what: by options, environment and profile, in this order."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from tollgate_cli.output.failures import NotSignedInError, UsageError

if TYPE_CHECKING:
    from tollgate_cli.session.global_options import GlobalOptions

LOCAL: Final = "local"
_STACK_FILE: Final = Path(".local/stack.json")
_BASES: Final = ("/api/admin", "/v1")


@dataclass(frozen=True, repr=False)
class Target:
    """A gateway's root URL, without a slash at its end, and what opens it."""

    url: str
    given_admin_token: str | None = None
    given_api_key: str | None = None
    profile: str | None = None

    def admin_token(self) -> str | None:
        """The token for the admin API; None if there is none."""
        return self.given_admin_token

    def api_key(self) -> str | None:
        """The key of a holder; None if there is none."""
        return self.given_api_key


def chosen_target(options: GlobalOptions) -> Target:
    """Raises `NotSignedInError` if no gateway is known."""
    token = os.environ.get("TOLLGATE_TOKEN") or None
    key = os.environ.get("TOLLGATE_API_KEY") or None
    if options.local or options.profile == LOCAL:
        return _local_stack()
    url = options.url or os.environ.get("TOLLGATE_URL")
    if not url:
        raise NotSignedInError("No gateway is known.", ['Sign in by "tollgate login", or set TOLLGATE_URL.'])
    return Target(root_url(url), token, key)


def root_url(url: str) -> str:
    """The gateway's root, also from the URL of its admin API or of its /v1. Raises `UsageError`."""
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise UsageError(f"{url!r} isn't a gateway's URL, such as https://gateway.example.com.")
    if parts.username or parts.password:
        raise UsageError("A gateway's URL has no user and no password in it.")
    path = parts.path.rstrip("/")
    for base in _BASES:
        path = path.removesuffix(base)
    return f"{parts.scheme}://{parts.netloc}{path.rstrip('/')}"


def _local_stack() -> Target:
    try:
        stack: dict[str, Any] = json.loads(_STACK_FILE.read_text(encoding="utf-8"))
        return Target(root_url(stack["api_url"]), stack["admin_token"], profile=LOCAL)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"No local stack is known here: {_STACK_FILE} can't be read.",
            ['Start one by "make local", in the repository\'s folder.'],
        ) from error
