"""Named admins, their roles and their tokens."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field, StringConstraints

from tollgate.admins import admins
from tollgate.admins.admins import Admin, AdminStatus
from tollgate.admins.store.admins_table import AdminTable
from tollgate.audit.entry import Change
from tollgate_admin.admins.schemas import (
    AdminCreation,
    AdminEdit,
    AdminSettings,
    AdminView,
    IssuedAdminView,
    MeView,
)
from tollgate_admin.audit import recorder
from tollgate_admin.composition import services_of
from tollgate_admin.web import access, field_errors, problems, revisions
from tollgate_admin.web.change_requests import ChangeRequest
from tollgate_admin.web.wire_types import Page, QueryModel

router = APIGatewayRouter()

_ID = field_errors.pattern(r"^adm_[0-9A-Za-z]{16}$", "is not the id of an admin")
AdminId = Annotated[str, Path(pattern=_ID)]


class AdminsQuery(QueryModel):
    """Which page of the identities."""

    limit: int = Field(default=50, ge=1, le=100)
    cursor: Annotated[str, StringConstraints(pattern=_ID)] | None = None


@router.post("/admins")
def create_admin(
    request: Request, body: AdminCreation
) -> tuple[IssuedAdminView, Literal[HTTPStatus.CREATED]]:
    """Create an admin. The token is shown only in this response; Tollgate stores just its hash."""
    asked = ChangeRequest.of(request)
    now = asked.now()
    admin, token = admins.new(body.name, body.role, body.expires_at, now)
    change = recorder.audit_change(asked, admin.id, ("admin.create",), {}, _settings(admin))
    services_of(request).admins.add(admin, change)
    return IssuedAdminView.issued(admin, token, now), HTTPStatus.CREATED


@router.get("/admins")
def list_admins(request: Request, query: Annotated[AdminsQuery, Query()]) -> Page[AdminView]:
    """List all admins, including revoked ones."""
    services = services_of(request)
    found, following = services.admins.page(query.limit, query.cursor)
    now = services.clock()
    return Page[AdminView](data=[AdminView.at(admin, now) for admin in found], next_cursor=following)


@router.get("/admins/me")
def get_me(request: Request) -> MeView:
    """Show the admin that sends the request, its role, and when its token expires."""
    caller = access.caller_of(request)
    return MeView(id=caller.actor.id, name=caller.actor.name, role=caller.role, expires_at=caller.expires_at)


@router.get("/admins/<admin_id>")
def get_admin(request: Request, admin_id: AdminId) -> AdminView:
    """Get an admin."""
    services = services_of(request)
    return AdminView.at(_existing(services.admins, admin_id), services.clock())


@router.patch("/admins/<admin_id>")
def update_admin(request: Request, admin_id: AdminId, body: AdminEdit) -> AdminView:
    """Change an admin's name, role or expiry. Its token stays the same."""
    table, asked, sent = services_of(request).admins, ChangeRequest.of(request), body.changes()
    return AdminView.at(_edit(table, asked, admin_id, ("admin.update",), sent), asked.now())


@router.post("/admins/<admin_id>/revoke")
def revoke_admin(request: Request, admin_id: AdminId) -> AdminView:
    """Revoke an admin for good. Its token is refused from now on."""
    table, asked = services_of(request).admins, ChangeRequest.of(request)
    revoked = _edit(table, asked, admin_id, ("admin.revoke",), {"revoked_at": asked.now()})
    return AdminView.at(revoked, asked.now())


@router.post("/admins/<admin_id>/rotate")
def rotate_token(request: Request, admin_id: AdminId) -> IssuedAdminView:
    """Replace an admin's token. The new token is shown only in this response; the old one stops working."""
    table, asked = services_of(request).admins, ChangeRequest.of(request)

    def edit() -> IssuedAdminView:
        before, now = _seen(table, asked, admin_id), asked.now()
        if before.status_at(now) is not AdminStatus.ACTIVE:
            raise problems.conflict(
                f"The admin {admin_id} is {before.status_at(now).value}, so a new token would be refused."
            )
        after, token = before.rotated(now)
        stored = table.replace(after, _change(asked, ("admin.rotate",), before, after))
        return IssuedAdminView.issued(stored, token, now)

    return revisions.retry_on_conflict(edit)


def _edit(
    table: AdminTable, asked: ChangeRequest, admin_id: str, actions: tuple[str, ...], wanted: dict[str, Any]
) -> Admin:
    def edit() -> Admin:
        before = _seen(table, asked, admin_id)
        if before.revoked_at is not None:
            if "revoked_at" in wanted:
                return before
            raise problems.conflict(f"The admin {admin_id} has been revoked for good and can't be changed.")
        after = replace(before, **wanted)
        if after == before:
            return before
        after = replace(after, updated_at=asked.now())
        return table.replace(after, _change(asked, actions, before, after))

    return revisions.retry_on_conflict(edit)


def _change(asked: ChangeRequest, actions: tuple[str, ...], before: Admin, after: Admin) -> Change:
    return recorder.audit_change(asked, before.id, actions, _settings(before), _settings(after))


def _settings(admin: Admin) -> dict[str, Any]:
    return AdminSettings.of(admin).model_dump(mode="json", by_alias=True)


def _seen(table: AdminTable, asked: ChangeRequest, admin_id: str) -> Admin:
    """The identity as an edit finds it, at the revision that the request requires."""
    found = _existing(table, admin_id)
    asked.require(found.revision)
    return found


def _existing(table: AdminTable, admin_id: str) -> Admin:
    found = table.get(admin_id)
    if found is None:
        raise problems.not_found("admin", admin_id)
    return found
