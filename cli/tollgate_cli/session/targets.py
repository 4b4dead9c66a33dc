"""Which gateway a command talks to, and with what: by options, environment and profile, in this order."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from tollgate_cli.output.failures import NotSignedInError, UsageError
from tollgate_cli.session import profiles
from tollgate_cli.session.config_folder import InaccessibleError
from tollgate_cli.session.oidc import kept_tokens
from tollgate_cli.session.profiles import LOCAL, Profile
from tollgate_cli.session.secret_stores import Kind

if TYPE_CHECKING:
    from tollgate_cli.session.global_options import GlobalOptions

_STACK_FILE: Final = Path(".local/stack.json")
# What people copy along with the root.
_BELOW_THE_ROOT: Final = ("/api/admin", "/v1", "/console")


@dataclass(frozen=True, repr=False)
class Target:
    """A gateway's root URL, without a slash at its end, and what opens it.

    What was given wins over what the profile has. The profile's secrets are for the profile's URL alone.
    """

    url: str
    given_admin_token: str | None = None
    given_api_key: str | None = None
    profile: Profile | None = None
    profile_name: str | None = None

    def admin_token(self) -> str | None:
        """The token for the admin API, None if there is none. Raises `NotSignedInError` if it has expired."""
        if self.given_admin_token or self.profile is None:
            return self.given_admin_token
        return self.profile.secret(Kind.ADMIN) or kept_tokens.id_token(self.profile)

    def api_key(self) -> str | None:
        """The key of a holder; None if there is none."""
        if self.given_api_key or self.profile is None:
            return self.given_api_key
        return self.profile.secret(Kind.KEY)


def chosen_target(options: GlobalOptions) -> Target:
    """Raises `NotSignedInError` if no gateway is known, `CommandError` for a profile that isn't there."""
    name = options.profile or os.environ.get("TOLLGATE_PROFILE")
    if options.local or name == LOCAL:
        return _local_stack()
    if options.profile:
        return _of_profile(options.profile, options.url)
    token = os.environ.get("TOLLGATE_TOKEN") or None
    key = os.environ.get("TOLLGATE_API_KEY") or None
    given = options.url or os.environ.get("TOLLGATE_URL")
    profile = _profile(name, is_needed=not given)
    if given:
        url = root_url(given)
    elif profile is not None:
        url = profile.url
    else:
        raise NotSignedInError("No gateway is known.", ['Sign in by "tollgate login", or set TOLLGATE_URL.'])
    used = profile if profile is not None and profile.url == url else None
    return Target(url, token, key, used, used.name if used else None)


def root_url(url: str) -> str:
    """The gateway's root, also from the URL of its admin API, its /v1 or its console. Raises `UsageError`."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise UsageError(f"\"{url}\" isn't a gateway's URL, such as https://gateway.example.com.")
    if parts.username or parts.password:
        raise UsageError("A gateway's URL has no user and no password in it.")
    path = parts.path.rstrip("/")
    for base in _BELOW_THE_ROOT:
        path = path.removesuffix(base)
    return f"{parts.scheme}://{parts.netloc.lower()}{path.rstrip('/')}"


def _of_profile(name: str, url: str | None) -> Target:
    """A profile that was named on the command line: what the environment says of others doesn't count."""
    profile = profiles.read().named(name)
    if url is not None and root_url(url) != profile.url:
        raise UsageError(f'The profile "{name}" is for {profile.url}, not for {root_url(url)}.')
    return Target(profile.url, profile=profile, profile_name=name)


def _profile(name: str | None, *, is_needed: bool) -> Profile | None:
    try:
        found = profiles.read()
    except InaccessibleError:
        # A container's user may have no home of its own, and everything in the environment.
        if is_needed or name:
            raise
        return None
    if name:
        return found.named(name)
    return found.by_name[found.current] if found.current else None


def _local_stack() -> Target:
    try:
        stack: dict[str, Any] = json.loads(_STACK_FILE.read_text(encoding="utf-8"))
        url, token, key = (_text(stack[name]) for name in ("api_url", "admin_token", "api_key"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"No local stack runs here: {_STACK_FILE} can't be read.",
            ['Start one by "make local", in the repository\'s folder.'],
        ) from error
    return Target(root_url(url), token, key, profile_name=LOCAL)


def _text(found: Any) -> str:
    if not isinstance(found, str):
        raise TypeError("no text")
    return found
