"""From where the admin API may be reached, as its stage says.

The API's resource policy says the same, and keeps such requests from costing anything. It goes by the path
as it was sent, and how a path with escaped parts is compared isn't documented; here the route counts, which
API Gateway has chosen by then.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html
"""

from __future__ import annotations

from http import HTTPStatus
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, Final

from tollgate_admin.web.problems import ProblemError

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Response
    from aws_lambda_powertools.event_handler.middlewares import NextMiddleware

    from tollgate_admin.web.resolver import Resolver

_VARIABLE: Final = "AdminSources"
_NONE: Final = "none"


def admit(app: Resolver, following: NextMiddleware) -> Response[Any]:
    """Middleware: refuses what comes from elsewhere, whoever sends it. Most stages say nothing of it."""
    event: Any = app.request.resolved_event
    allowed = (event.get("stageVariables") or {}).get(_VARIABLE)
    if allowed is not None and not admits(allowed, event["requestContext"]["identity"]["sourceIp"]):
        raise ProblemError(
            HTTPStatus.FORBIDDEN, "The admin API can't be reached from where the request comes from."
        )
    return following(app)


def admits(allowed: str, address: str) -> bool:
    """`allowed` are ranges of addresses with commas between them, or `none`; raises `ValueError`."""
    if allowed == _NONE:
        return False
    sent = ip_address(address)
    return any(sent in ip_network(each, strict=False) for each in allowed.split(","))
