"""How AWS says that an identity may not do something, in each protocol.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.door.policies import Access, Judgement

_JSON, _XML = "application/x-amz-json-1.0", "text/xml"


def message(caller: str, access: Access, judgement: Judgement) -> str:
    why = (
        "with an explicit deny in an identity-based policy"
        if judgement.explicit
        else f"because no identity-based policy allows the {access.action} action"
    )
    return (
        f"User: {caller} is not authorized to perform: {access.action} on resource: {access.resource} {why}"
    )


def denial(headers: Mapping[str, str], text: str) -> bytes:
    """The whole HTTP response to a request with these headers."""
    return _response(headers, "AccessDenied", text, 403)


def failure(headers: Mapping[str, str], text: str) -> bytes:
    """For what isn't known here: nothing that a client would try again."""
    return _response(headers, "UnknownToTheDoor", text, 400)


def _response(headers: Mapping[str, str], code: str, text: str, status: int) -> bytes:
    media_type = headers.get("content-type", "")
    if media_type.startswith("application/x-www-form-urlencoded"):
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(text)}</Message>"
            "</Error></ErrorResponse>"
        )
        return _http(status, _XML, body, "")
    # Services with a JSON protocol call it an exception; those with paths of their own say so in a header.
    body = json.dumps({"__type": f"com.amazon.coral.service#{code}Exception", "message": text})
    if "x-amz-target" in headers:
        return _http(400, _JSON, body, "")
    return _http(status, "application/json", body, f"x-amzn-ErrorType: {code}Exception\r\n")


def _http(status: int, media_type: str, body: str, headers: str) -> bytes:
    content = body.encode()
    reason = {400: "Bad Request", 403: "Forbidden"}[status]
    head = (
        f"HTTP/1.1 {status} {reason}\r\nContent-Type: {media_type}\r\nContent-Length: {len(content)}\r\n"
        f"x-amzn-RequestId: {uuid4()}\r\n{headers}\r\n"
    )
    return head.encode() + content
