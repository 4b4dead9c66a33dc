"""Paths as the routes know them, wherever a custom domain has the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

_GREEDY = "{proxy+}"


def path_of(event: Mapping[str, Any]) -> str:
    """The path of a REST API's proxy event, from the stage on.

    API Gateway leaves a domain's base path, under which the stage is mapped, in front of it. What the route
    matched follows that; the route and the rest of the path that it took are in the event, too.
    """
    path: str = event["path"]
    literal, greedy, _ = (event.get("resource") or "").partition(_GREEDY)
    if not literal:
        return path
    below = literal + ((event.get("pathParameters") or {}).get("proxy") or "" if greedy else "")
    below = below.rstrip("/")
    # Either may be percent-encoded; a base path never is.
    for form in (path, unquote(path)):
        whole = form.rstrip("/")
        if whole.endswith(below):
            base = whole.removesuffix(below)
            return (path.removeprefix(base) or "/") if path.startswith(base) else path
    return path
