"""Events as the routes know them, and answers as browsers want them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.base_paths import path_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from tollgate.cors import Origins

_NO_CONTENT = 204


def answered(
    event: dict[str, Any],
    context: LambdaContext,
    handler: Callable[[dict[str, Any], LambdaContext], dict[str, Any]],
    origins: Origins,
) -> dict[str, Any]:
    """What `handler` answers the event, whose path then is from the stage on.

    Pages of these origins may read it.
    """
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    preflight = origins.preflight(event["httpMethod"], headers)
    if preflight is not None:
        return _with_headers({"statusCode": _NO_CONTENT, "body": "", "isBase64Encoded": False}, preflight)
    answer = handler({**event, "path": path_of(event)}, context)
    if event["httpMethod"] == "HEAD":
        answer = {**answer, "body": ""}
    names = (*answer.get("multiValueHeaders", {}), *answer.get("headers", {}))
    return _with_headers(answer, origins.headers(headers, names))


def _with_headers(answer: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    added = {name: [value] for name, value in headers.items()}
    return {**answer, "multiValueHeaders": {**answer.get("multiValueHeaders", {}), **added}}
