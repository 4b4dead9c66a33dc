"""Stored request and response bodies. Each reading is audited."""

from __future__ import annotations

import base64
import codecs
import json
from enum import StrEnum
from typing import Self

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate.request_log.kept_bodies import CapturedBody
from tollgate_admin.audit import recorder
from tollgate_admin.composition import services_of
from tollgate_admin.request_log.request_queries import RequestIdInPath
from tollgate_admin.web import problems
from tollgate_admin.web.change_requests import ChangeRequest
from tollgate_admin.web.wire_types import Moment, View

router = APIGatewayRouter()

# Lambda carries 6 MB of answer, in which an answer is text in JSON, and a body text in that.
_MAX_ESCAPED_BYTES = 2_900_000


class Encoding(StrEnum):
    TEXT = "text"
    BASE64 = "base64"


class BodyView(View):
    """A body of `size` bytes; only its beginning if `truncated`."""

    body: str
    encoding: Encoding
    size: int
    truncated: bool

    @classmethod
    def of(cls, body: CapturedBody) -> Self:
        text = _text(body)
        return cls(
            body=base64.b64encode(body.content).decode() if text is None else text,
            encoding=Encoding.BASE64 if text is None else Encoding.TEXT,
            size=body.size,
            truncated=body.is_truncated,
        )


class BodiesView(View):
    """The request body as the client sent it, and the response body as the client received it."""

    id: str
    key_id: str
    request: BodyView
    response: BodyView
    kept_at: Moment
    expires_at: Moment


@router.get("/requests/<request_id>/bodies")
def get_bodies(request: Request, request_id: RequestIdInPath) -> BodiesView:
    """Get the stored bodies of a request, if its key had them stored. The audit log records the reading."""
    services = services_of(request)
    kept = services.bodies.find(request_id, services.clock())
    if kept is None:
        raise problems.not_found("bodies of the request", request_id)
    read = recorder.audit_change(
        ChangeRequest.of(request), kept.key_id, ("bodies.read",), {}, {"requestId": request_id}
    )
    services.audit.put(read)
    return BodiesView(
        id=kept.request_id,
        key_id=kept.key_id,
        request=BodyView.of(kept.request),
        response=BodyView.of(kept.response),
        kept_at=kept.kept_at,
        expires_at=kept.expires_at,
    )


def _text(body: CapturedBody) -> str | None:
    """None for what is no text, or too large as such. A character that was cut in two is left out."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(body.content, final=not body.is_truncated)
    except UnicodeDecodeError:
        return None
    return text if len(json.dumps(json.dumps(text))) <= _MAX_ESCAPED_BYTES else None
