"""GET /v1/packs: the packs of the acting key, or of one below it, with what is left of them.

Packs of keys further up pay for its calls, too. What those have is their holders' to know.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field

from tollgate_admin.composition import services_of
from tollgate_admin.packs.pack_routes import PacksQuery
from tollgate_admin.packs.pack_schemas import OwnPackView
from tollgate_admin.self_service.acting_key import acting_key_of
from tollgate_admin.web.wire_types import Page

router = APIGatewayRouter()


class OwnPacksQuery(PacksQuery):
    """Of what key, itself or one below it, by default the acting one."""

    key_id: Annotated[str, Field(max_length=64)] | None = None


@router.get("/packs")
def list_packs(request: Request, query: Annotated[OwnPacksQuery, Query()]) -> Page[OwnPackView]:
    """List a key's packs, also those that have ended."""
    services, acting = services_of(request), acting_key_of(request)
    lineage = acting.lineage if query.key_id is None else acting.find(query.key_id)
    found, following = services.packs.page(lineage.scope, query.limit, query.cursor)
    now = services.clock()
    return Page[OwnPackView](data=[OwnPackView.of(each, now) for each in found], next_cursor=following)
