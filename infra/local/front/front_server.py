"""python -m infra.local.front.front_server settings.json: API Gateway, and Lambda for functions that stream.

The emulator's API Gateway gives out whole answers only, and knows no routes that take any method. Here
requests to routes that stream become invocations of the built functions, whose responses are passed on as
they come; the emulator's Lambda invokes the others.
"""

from __future__ import annotations

import base64
import json
import logging
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from infra.local import mailbox
from infra.local.environment import REGION, ROOT, TOOLS
from infra.local.free_ports import LOOPBACK
from infra.local.front import events, routes
from infra.local.front.environments import Environment, Pool
from infra.local.front.invocations import FunctionError, FunctionTimeoutError
from infra.local.tables import read_template

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from typing import Any

    from starlette.requests import Request
    from starlette.types import Send

    from infra.local.front.invocations import Invocation

logger = logging.getLogger(__name__)

SHUTDOWN_SECONDS = 1
_BAD_GATEWAY = 502
EMULATOR_SECONDS = 120

_FAILED = "x-amz-function-error"


@dataclass(frozen=True)
class StreamingFunction:
    name: str
    code: str
    """Where `sam build` put it; functions of the same code share that."""
    variables: dict[str, str]
    """As they are deployed: where AWS is, is one of them."""
    seconds: float
    """How long an invocation may take."""
    environments: int
    """How many invocations are served at once."""

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:{events.ACCOUNT}:function:{self.name}"


@dataclass(frozen=True)
class Settings:
    port: int
    emulator_url: str
    api_id: str
    alias: str
    """By which the API has its functions called."""
    names: dict[str, str]
    """By function, its name in the emulator."""
    stage: str
    layer: str
    """Where `sam build` put what the functions share."""
    functions: list[StreamingFunction]

    @classmethod
    def read(cls, path: Path) -> Settings:
        told: dict[str, Any] = json.loads(path.read_text())
        return cls(**{**told, "functions": [StreamingFunction(**each) for each in told["functions"]]})

    def command(self, function: StreamingFunction) -> list[str]:
        """What Lambda runs: the wrapper in place of its own runtime, which is its argument."""
        wrapper = Path(function.variables["AWS_LAMBDA_EXEC_WRAPPER"]).relative_to("/opt")
        return [str(Path(self.layer) / wrapper), str(TOOLS / "bin/python"), "/var/runtime/bootstrap.py"]

    def environment(self, function: StreamingFunction) -> dict[str, str]:
        """The function's variables, and those that Lambda sets."""
        return {
            **function.variables,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_REGION": REGION,
            "LAMBDA_TASK_ROOT": function.code,
            "PYTHONPATH": str(Path(self.layer) / "python"),
            "PYTHONDONTWRITEBYTECODE": "1",  # as on Lambda, where a function can't
        }


class PassThroughResponse(StreamingResponse):
    """Leaves a body that breaks off unfinished: the server then closes the connection."""

    async def stream_response(self, send: Send) -> None:
        with suppress(FunctionError):
            await super().stream_response(send)


class Front:
    """`pools` are of the functions that stream, by their names."""

    def __init__(self, settings: Settings, pools: Mapping[str, Pool], emulator: httpx.AsyncClient) -> None:
        self._settings = settings
        self._pools = pools
        self._emulator = emulator
        self._seconds = {function.name: function.seconds for function in settings.functions}
        template = read_template(ROOT / "template.yaml")
        self._routes = routes.routes_of(template)
        self._gateway_responses = template["Resources"]["Api"]["Properties"]["GatewayResponses"]

    async def serve(self, request: Request) -> Response:
        found = self._routes.match(request.method, request.scope["raw_path"].decode())
        if found is None:
            return self._gateway_response("MISSING_AUTHENTICATION_TOKEN")
        try:
            event = events.to_event(
                await _received(request), found, self._settings.api_id, self._settings.stage
            )
        except events.RequestTooLargeError:
            return self._gateway_response("REQUEST_TOO_LARGE")
        answered = self._stream if found.route.streams else self._whole
        return await answered(found.route.function, event)

    async def _stream(self, name: str, event: bytes) -> Response:
        try:
            invocation = await self._pools[name].invoke(event, self._seconds[name])
            head = await invocation.head()
        except FunctionTimeoutError:
            return self._gateway_response("INTEGRATION_TIMEOUT")
        except FunctionError as error:
            logger.error("The function failed: %s", error)  # noqa: TRY400 - its own log has the rest
            return self._gateway_response("DEFAULT_5XX")
        return PassThroughResponse(_logged(invocation), head.status, dict(head.headers))

    async def mail(self, request: Request) -> Response:
        """The mails that were sent: all of them, or the one that the path names."""
        inspected = await self._emulator.get(f"{self._settings.emulator_url}/_ministack/ses/messages")
        found = mailbox.messages(inspected.json())
        wanted = request.path_params.get("id")
        if wanted is None:
            return HTMLResponse(mailbox.listing(found))
        pages = [mailbox.page(message) for message in found if message.id == wanted]
        return HTMLResponse(pages[0]) if pages else Response("This mail does not exist.", 404)

    def _gateway_response(self, name: str) -> Response:
        response = self._gateway_responses[name]
        ((media_type, body),) = response["ResponseTemplates"].items()
        body = body.replace("$context.requestId", str(uuid4()))
        made = Response(body, response.get("StatusCode", _BAD_GATEWAY), media_type=media_type)
        for header, value in response["ResponseParameters"]["Headers"].items():
            if isinstance(value, str):  # else it depends on a parameter, which the local stack leaves alone
                made.headers[header] = value.strip("'")
        return made

    async def _whole(self, name: str, event: bytes) -> Response:
        invoked = await self._emulator.post(
            f"{self._settings.emulator_url}/2015-03-31/functions/{self._settings.names[name]}/invocations",
            params={"Qualifier": self._settings.alias},
            content=event,
        )
        if invoked.is_error or _FAILED in invoked.headers:
            logger.error("The function failed: %s", invoked.text)
            return self._gateway_response("DEFAULT_5XX")
        return _to_response(invoked.json())


def _to_response(answer: Mapping[str, Any]) -> Response:
    """A function's whole answer, as API Gateway passes it on."""
    body = answer.get("body") or ""
    response = Response(
        base64.b64decode(body) if answer.get("isBase64Encoded") else body, answer["statusCode"]
    )
    headers = {name.lower(): [value] for name, value in (answer.get("headers") or {}).items()}
    headers |= {name.lower(): values for name, values in (answer.get("multiValueHeaders") or {}).items()}
    headers.setdefault("content-type", ["application/json"])
    response.raw_headers += [
        (name.encode(), str(value).encode()) for name, values in headers.items() for value in values
    ]
    return response


async def _received(request: Request) -> events.Request:
    return events.Request(
        method=request.method,
        path=request.scope["path"],
        headers=request.headers.items(),
        query=request.query_params.multi_items(),
        body=await request.body(),
        source_ip=request.client.host if request.client else LOOPBACK,
    )


async def _logged(invocation: Invocation) -> AsyncIterator[bytes]:
    try:
        async for part in invocation.body():
            yield part
    except FunctionError as error:
        logger.error("A response broke off: %s", error)  # noqa: TRY400 - the function's own log has the rest
        raise


class AnythingConvertor(PathConvertor):
    """A path's rest; Starlette's own stops at a line feed, which API Gateway passes on."""

    regex = "(?s:.*)"


register_url_convertor("anything", AnythingConvertor())


def configuration(
    settings: Settings, pools: Mapping[str, Pool], emulator: httpx.AsyncClient
) -> uvicorn.Config:
    front = Front(settings, pools, emulator)
    return uvicorn.Config(
        Starlette(
            routes=[
                Route(mailbox.PATH, front.mail),
                Route(f"{mailbox.PATH}/{{id}}", front.mail),
                Route("/{path:anything}", front.serve, methods=routes.METHODS),
            ]
        ),
        host=LOOPBACK,
        port=settings.port,
        http="h11",
        ws="none",
        lifespan="off",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        server_header=False,
        date_header=False,
    )


def main(path: str) -> None:
    settings = Settings.read(Path(path))
    logging.basicConfig(level=logging.WARNING)
    pools = {
        function.name: Pool(
            partial(
                Environment.start, settings.command(function), settings.environment(function), function.arn
            ),
            function.environments,
        )
        for function in settings.functions
    }
    emulator = httpx.AsyncClient(
        trust_env=False, timeout=EMULATOR_SECONDS, headers={"accept-encoding": "identity"}
    )
    uvicorn.Server(configuration(settings, pools, emulator)).run()


if __name__ == "__main__":
    main(sys.argv[1])
