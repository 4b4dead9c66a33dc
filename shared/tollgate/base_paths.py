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
    rest = (event.get("pathParameters") or {}).get("proxy") or "" if greedy else ""
    # One of the two may be percent-encoded, or both; a base path never is.
    whole, below = (unquote(each).rstrip("/") for each in (path, literal + rest))
    base = whole.removesuffix(below) if whole.endswith(below) else ""
    return (path.removeprefix(base) or "/") if path.startswith(base) else path
