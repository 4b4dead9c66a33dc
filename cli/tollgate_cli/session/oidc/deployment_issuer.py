"""The issuer at which a deployment lets admins sign in, as it tells its console."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from tollgate_cli.output.failures import CommandError, ExitCode
from tollgate_cli.session.profiles import Issuer

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMEOUT_SECONDS = 15
_OTHERWISE = "Name it by --issuer and --client-id, or sign in with a token."


def issuer_of(url: str, transport: httpx.BaseTransport | None) -> Issuer:
    """Raises `CommandError` for a deployment that names none, or has no console."""
    address = f"{url}/console/config.json"
    try:
        with httpx.Client(transport=transport, timeout=_TIMEOUT_SECONDS) as client:
            answer = client.get(address)
    except httpx.HTTPError as error:
        text = str(error) or type(error).__name__
        raise CommandError(f"{address} can't be reached: {text}.", ExitCode.UNREACHABLE) from error
    if not answer.is_success:
        text = f"{address} answers {answer.status_code}: is the console off?"
        raise CommandError(text, details=[_OTHERWISE])
    try:
        found = answer.json().get("oidc")
    except (ValueError, AttributeError):
        found = None
    if not found:
        raise CommandError(f"Nobody signs in at an issuer at {url}: none is set up.", details=[_OTHERWISE])
    return _issuer(found)


def _issuer(found: Mapping[str, str]) -> Issuer:
    try:
        return Issuer(found["issuer"], found["clientId"], found["scopes"])
    except (KeyError, TypeError) as error:
        raise CommandError("The console doesn't say which issuer it uses.", details=[_OTHERWISE]) from error
