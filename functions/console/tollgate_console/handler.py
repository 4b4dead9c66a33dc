"""API Gateway's events for /console, answered as a stream, or in one piece where no stream is run."""

from __future__ import annotations

import base64
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_wire import ssm
from tollgate.base_paths import path_of
from tollgate_console import settings
from tollgate_console.console import Console
from tollgate_console.issuers import KnownIssuer
from tollgate_console.site import Site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_console.console import Answer

# Beside the package, where the build puts it.
SITE = Path(__file__).resolve().parents[1] / "site"
_ROOT = "/console"
# Of a stage that serves the console apart from the calls: where those are.
_CALLS_URL = "CallsUrl"


@cache
def console() -> Console:
    """The console of this execution environment."""
    # Pages come without what they can't know soon: tries are few.
    client: Any = ssm.connect(settings.of_aws(), read_timeout=2, tries=3)
    issuer = KnownIssuer(client, settings.from_environment().oidc_parameter, time.monotonic)
    return Console(Site(SITE), issuer.current)


def warm_up() -> None:
    """For the runtime, before the first request."""
    console()


def stream(event: Mapping[str, Any], _context: object) -> Answer:
    """Bytes pass as they are, compressed ones, too."""
    return answered(event, console())


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """As `sam local` wants it."""
    answer = stream(event, _context)
    return {
        "statusCode": answer.status,
        "headers": dict(answer.headers),
        "body": base64.b64encode(b"".join(answer.chunks)).decode(),
        "isBase64Encoded": True,
    }


def answered(event: Mapping[str, Any], served: Console) -> Answer:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    path = path_of(event).removeprefix(_ROOT)
    calls_url = (event.get("stageVariables") or {}).get(_CALLS_URL)
    return served.answer(event["httpMethod"], path, headers.get("accept-encoding", ""), calls_url)
