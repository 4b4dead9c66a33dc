"""Routes that say how the API is used: its OpenAPI document, and a page to read it on."""

from __future__ import annotations

import json
from functools import cache
from http import HTTPStatus
from importlib import resources
from typing import Any, Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi import swagger_ui
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate_admin import openapi

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
<script>SwaggerUIBundle({{url: "openapi.json", dom_id: "#api", validatorUrl: null}})</script>
</body>
</html>
"""
_DOCUMENT: Final[Any] = {
    200: {"description": "OK", "content": {"application/json": {"schema": {"type": "object"}}}}
}
_HTML: Final[Any] = {200: {"description": "OK", "content": {"text/html": {"schema": {"type": "string"}}}}}


@router.get("/openapi.json", responses=_DOCUMENT)
def get_openapi() -> Response[Any]:
    """This document."""
    return Response(HTTPStatus.OK, "application/json", _document())


@router.get("/docs", responses=_HTML)
def get_docs() -> Response[Any]:
    """A page that shows this document, and sends requests."""
    bundled = resources.files(swagger_ui)
    page = _PAGE.format(
        style=(bundled / "swagger-ui.min.css").read_text("utf-8"),
        script=(bundled / "swagger-ui-bundle.min.js").read_text("utf-8"),
    )
    return Response(HTTPStatus.OK, "text/html; charset=utf-8", page)


@cache
def _document() -> str:
    app: Any = router.api_resolver
    return json.dumps(openapi.document(app.routes))
