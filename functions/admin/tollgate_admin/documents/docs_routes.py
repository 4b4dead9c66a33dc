"""The OpenAPI documents of the admin API and of self-service, and a page that shows them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Final

from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate_admin.web.resolver import swagger_file
from tollgate_admin.web.wire_types import QueryModel

router = APIGatewayRouter()

# Swagger UI comes with Powertools, so that the page asks nobody but this API.
_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{style}</style>
<style>
nav {{ font: 14px sans-serif; margin: auto; max-width: 1460px; padding: 16px 20px 0; }}
nav a {{ margin-right: 16px; }}
nav a[aria-current] {{ color: inherit; font-weight: bold; text-decoration: none; }}
</style>
</head>
<body>
<nav>{links}</nav>
<div id="api"></div>
<script>{script}</script>
<script>{start}</script>
</body>
</html>
"""
_START: Final = 'SwaggerUIBundle({{url: "{url}", dom_id: "#api", validatorUrl: null}})'
_DOCUMENT: Final[Any] = {
    200: {"description": "OK", "content": {"application/json": {"schema": {"type": "object"}}}}
}
_HTML: Final[Any] = {200: {"description": "OK", "content": {"text/html": {"schema": {"type": "string"}}}}}


class Api(StrEnum):
    """`client` is what the holder of a key may ask for below `/v1`, calls of models apart."""

    ADMIN = "admin"
    CLIENT = "client"


Documents = Mapping[Api, Callable[[], str]]
"""What makes each document, as JSON."""

_TITLES: Final = {Api.ADMIN: "Tollgate admin API", Api.CLIENT: "Tollgate self-service API"}


class ApiQuery(QueryModel):
    """Which API is described."""

    api: Api = Api.ADMIN


@router.get("/openapi.json", responses=_DOCUMENT)
def get_openapi(request: Request, query: Annotated[ApiQuery, Query()]) -> Response[Any]:
    """Get this document, or that of what a key's holder may ask for."""
    described: Documents = request.context["documents"]
    return Response(HTTPStatus.OK, "application/json", described[query.api]())


@router.get("/docs", responses=_HTML)
def get_docs(query: Annotated[ApiQuery, Query()]) -> Response[Any]:
    """Show a page to read such a document and try the API."""
    style = swagger_file("swagger-ui.min.css")
    script = swagger_file("swagger-ui-bundle.min.js")
    start = _START.format(url=f"openapi.json?api={query.api}")
    page = _PAGE.format(
        title=_TITLES[query.api], links=_links(query.api), style=style, script=script, start=start
    )
    return Response(HTTPStatus.OK, "text/html; charset=utf-8", page, headers={**_page_headers(script, start)})


def _links(shown: Api) -> str:
    """To the pages of all documents, the one that is shown among them."""
    marks = {api: ' aria-current="page"' if api is shown else "" for api in Api}
    return "\n".join(f'<a href="docs?api={api}"{marks[api]}>{_TITLES[api]}</a>' for api in Api)


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
