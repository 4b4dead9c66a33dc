"""The issuer at which a deployment lets admins sign in, as it tells its console."""

from __future__ import annotations

from typing import Any

import httpx

from tollgate_cli.output.failures import CommandError, ExitCode
from tollgate_cli.session import small_answers
from tollgate_cli.session.profiles import Issuer
from tollgate_client.network import connected

_OTHERWISE = "Name it by --issuer and --client-id, or sign in with a token."


def issuer_of(url: str, transport: httpx.BaseTransport | None) -> Issuer:
    """Raises `CommandError` for a deployment that names none, or has no console."""
    address = f"{url}/console/config.json"
    try:
        with connected(transport=transport, timeout=small_answers.SECONDS) as client:
            answer = small_answers.asked(client, "GET", address)
    except httpx.HTTPError as error:
        text = str(error) or type(error).__name__
        raise CommandError(f"{address} can't be reached: {text}.", ExitCode.UNREACHABLE) from error
    if not answer.is_success:
        text = f"{address} answers {answer.status_code}: is the console off?"
        raise CommandError(text, details=[_OTHERWISE])
    found = (small_answers.object_in(answer) or {}).get("oidc")
    if not found:
        raise CommandError(f"Nobody signs in at an issuer at {url}: none is set up.", details=[_OTHERWISE])
    return _issuer(found)


def _issuer(found: Any) -> Issuer:
    said = [found.get(name) if isinstance(found, dict) else None for name in ("issuer", "clientId", "scopes")]
    if not all(isinstance(each, str) for each in said):
        raise CommandError("The console doesn't say which issuer it uses.", details=[_OTHERWISE])
    return Issuer(*map(str, said))
