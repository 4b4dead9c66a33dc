"""The API's OpenAPI document, and a page that shows it."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate_admin.documents import admin_document
from tollgate_admin.web.resolver import Resolver, swagger_file

router = APIGatewayRouter()

# Swagger UI comes with Powertools, so that the page asks nobody but this API.
_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Tollgate admin API</title>
<style>{style}</style>
</head>
<body>
<div id="api"></div>
<script>{script}</script>
<script>{start}</script>
</body>
</html>
"""
_START: Final = 'SwaggerUIBundle({url: "openapi.json", dom_id: "#api", validatorUrl: null})'
_DOCUMENT: Final[Any] = {
    200: {"description": "OK", "content": {"application/json": {"schema": {"type": "object"}}}}
}
_HTML: Final[Any] = {200: {"description": "OK", "content": {"text/html": {"schema": {"type": "string"}}}}}


@router.get("/openapi.json", responses=_DOCUMENT)
def get_openapi(request: Request) -> Response[Any]:
    """Get this document."""
    return Response(HTTPStatus.OK, "application/json", _document(request.context["resolver"]))


@router.get("/docs", responses=_HTML)
def get_docs() -> Response[Any]:
    """Show a page to read this document and try the API."""
    style = swagger_file("swagger-ui.min.css")
    script = swagger_file("swagger-ui-bundle.min.js")
    page = _PAGE.format(style=style, script=script, start=_START)
    return Response(
        HTTPStatus.OK, "text/html; charset=utf-8", page, headers={**_page_headers(script, _START)}
    )


def _page_headers(*scripts: str) -> dict[str, str]:
    """A page that runs these scripts and no others, asks this API alone, and stands in no other page."""
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    hashes = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
    }


@cache
def _document(app: Resolver) -> str:
    return json.dumps(admin_document.document(app.routes))
