"""Puts an API operation behind HTTP: journal, authentication, controls, errors."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email import message_from_bytes
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.mock_provider.call import Call, fingerprint
from infra.mock_provider.control import Control, ControlError, FaultQueue
from infra.mock_provider.delivery import MILLISECOND, deliver
from infra.mock_provider.directives import directive
from infra.mock_provider.gates import Gates
from infra.mock_provider.identity.aws_requests import WrongProofError
from infra.mock_provider.identity.identities import Identities
from infra.mock_provider.journal import Journal
from infra.mock_provider.provider import Provider
from infra.mock_provider.provider_faults import ApiError
from infra.mock_provider.reply import Reply

Operation = Callable[[Call], Reply]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Surface:
    """One provider's API."""

    provider: Provider
    journal: Journal
    faults: FaultQueue
    gates: Gates
    identities: Identities

    def endpoint(self, operation: Operation) -> Endpoint:
        async def respond(request: Request) -> Response:
            raw = await request.body()
            body = _read(raw, request.headers.get("content-type", ""))
            path = request.url.path
            number = self.journal.record(request.method, path, request.headers, body, request.url.query)
            request_id = "req_" + sha256(f"{number} {path}".encode()).hexdigest()[:32]
            control = Control()
            try:
                self._authenticate(request, raw)
                call = self._call(request, body)
                control = call.control
                await asyncio.sleep(control.delay_headers_ms * MILLISECOND)
                return self._answer(operation, call, self._headers(request_id, control))
            except ApiError as error:
                content = self.provider.error_body(error, request_id)
                return JSONResponse(content, error.status, self._headers(request_id, control))

        return respond

    def _authenticate(self, request: Request, raw: bytes) -> None:
        """Raises ApiError."""
        if not self.identities.are_known:
            self.provider.authenticate(request.headers)
            return
        scope, host = request.scope, request.headers["host"]
        query = scope["query_string"].decode()
        url = f"http://{host}{scope['raw_path'].decode()}{'?' if query else ''}{query}"
        try:
            self.identities.check(request.method, url, request.headers, raw)
        except WrongProofError as error:
            raise ApiError(403, f"Mock: {error}.") from error

    def _call(self, request: Request, body: object) -> Call:
        if not isinstance(body, dict):
            raise ApiError(400, "We could not parse the JSON body of your request.")
        path = request.url.path
        return Call(
            body=body,
            control=self._control(body.get("mock", {}), directive(body)),
            fingerprint=fingerprint(path, body),
            target=request.path_params.get("target", ""),
            query=dict(request.query_params),
        )

    def _control(self, mock: Any, said: dict[str, Any]) -> Control:
        try:
            Control.parse(mock)
            return Control.parse({**self.faults.take(), **said, **mock})
        except ControlError as error:
            raise ApiError(400, str(error), param=error.param) from error

    def _answer(self, operation: Operation, call: Call, headers: dict[str, str]) -> Response:
        control = call.control
        if control.status is not None:
            raise ApiError(control.status, code=control.error_code)
        if not call.streamed:
            _reject_stream_controls(call)
        return deliver(operation(call), control, headers, self.gates)

    def _headers(self, request_id: str, control: Control) -> dict[str, str]:
        headers = self.provider.headers(request_id, control.delay_headers_ms)
        if control.retry_after is not None:
            headers["retry-after"] = f"{control.retry_after:g}"
        return headers


def _reject_stream_controls(call: Call) -> None:
    control = call.control
    asked = {
        "endless": control.endless and not call.in_background,
        "error_after_chunks": control.error_after_chunks is not None,
        "gate": control.gate is not None,
    }
    for name, given in asked.items():
        if given:
            raise ApiError(400, f"mock.{name}: only a stream can do that", param=f"mock.{name}")


def either(openai: Endpoint, anthropic: Endpoint) -> Endpoint:
    """For a path that both providers have: Anthropic's clients always say which version they speak."""

    async def respond(request: Request) -> Response:
        chosen = anthropic if "anthropic-version" in request.headers else openai
        return await chosen(request)

    return respond


def no_such_path(call: Call) -> Reply:
    raise ApiError(404, f"Invalid URL (/v1/{call.target})")


def _read(raw: bytes, content_type: str) -> object:
    """The body: JSON, or a form's fields as text, with the `filename` of the one that is a file."""
    if not content_type.startswith("multipart/form-data"):
        return _parse(raw)
    form = message_from_bytes(b"content-type: " + content_type.encode() + b"\r\n\r\n" + raw)
    found: dict[str, object] = {}
    for part in form.walk():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str):
            content = part.get_payload(decode=True)
            found[name] = content.decode() if isinstance(content, bytes) else ""
            if part.get_filename() is not None:
                found["filename"] = part.get_filename()
    return found


def _parse(raw: bytes) -> object:
    """The JSON body, {} if there is none, or as text what is not JSON."""
    if not raw:
        return {}
    try:
        parsed: object = json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")
    return parsed
