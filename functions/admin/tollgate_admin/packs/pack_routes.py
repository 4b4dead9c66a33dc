"""Resource packs, which pay for a key's calls before its quota and budget do."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field, StringConstraints

from tollgate_admin.composition import services_of
from tollgate_admin.keys import commands
from tollgate_admin.keys.routes import KeyId
from tollgate_admin.packs import pack_commands
from tollgate_admin.packs.pack_schemas import PackCreation, PackView
from tollgate_admin.web import field_errors
from tollgate_admin.web.change_requests import ChangeRequest
from tollgate_admin.web.wire_types import Page, QueryModel

router = APIGatewayRouter()

_ID = field_errors.pattern(r"^pck_[0-9a-f]{12}$", "is not the id of a pack")
PackId = Annotated[str, Path(pattern=_ID)]


class PacksQuery(QueryModel):
    """Which page of a key's packs."""

    limit: int = Field(default=50, ge=1, le=100)
    cursor: Annotated[str, StringConstraints(pattern=_ID)] | None = None


@router.post("/apiKey/<key_id>/packs")
def add_pack(
    request: Request, key_id: KeyId, body: PackCreation
) -> tuple[PackView, Literal[HTTPStatus.CREATED, HTTPStatus.OK]]:
    """Add a pack to a key. If the key has one of its external id already, that is returned with 200."""
    services = services_of(request)
    added = pack_commands.add(services, ChangeRequest.of(request), key_id, body)
    shown = PackView.of(added.standing, services.clock())
    return shown, HTTPStatus.CREATED if added.is_new else HTTPStatus.OK


@router.get("/apiKey/<key_id>/packs")
def list_packs(request: Request, key_id: KeyId, query: Annotated[PacksQuery, Query()]) -> Page[PackView]:
    """List a key's packs, also those that have ended, in no particular order."""
    services = services_of(request)
    seen, now = commands.existing(services.keys, key_id), services.clock()
    found, following = services.packs.page(seen, query.limit, query.cursor)
    return Page[PackView](data=[PackView.of(each, now) for each in found], next_cursor=following)


@router.get("/apiKey/<key_id>/packs/<pack_id>")
def get_pack(request: Request, key_id: KeyId, pack_id: PackId) -> PackView:
    services = services_of(request)
    return PackView.of(pack_commands.existing(services, key_id, pack_id), services.clock())


@router.post("/apiKey/<key_id>/packs/<pack_id>/void")
def void_pack(request: Request, key_id: KeyId, pack_id: PackId) -> PackView:
    """Void what is left of a pack at once. What it has paid stays paid."""
    services = services_of(request)
    return PackView.of(
        pack_commands.void(services, ChangeRequest.of(request), key_id, pack_id), services.clock()
    )
