"""Routes of admin identities: who may administer, in which role."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field, StringConstraints

from tollgate.admins import admins
from tollgate.admins.admins import Admin, AdminStatus
from tollgate.audit.entry import Change
from tollgate.clock import utc_now
from tollgate_admin import composition
from tollgate_admin.admins.schemas import (
    AdminCreation,
    AdminEdit,
    AdminSettings,
    AdminView,
    IssuedAdminView,
    MeView,
)
from tollgate_admin.audit import recorder
from tollgate_admin.web import access, edits, field_errors, problems, revisions
from tollgate_admin.web.wire_types import Page, QueryModel

router = APIGatewayRouter()

_ID = field_errors.pattern(r"^adm_[0-9A-Za-z]{16}$", "is not the id of an admin")
AdminId = Annotated[str, Path(pattern=_ID)]


class AdminsQuery(QueryModel):
    """Which page of the identities."""

    limit: int = Field(default=50, ge=1, le=100)
    cursor: Annotated[str, StringConstraints(pattern=_ID)] | None = None


@router.post("/admins")
def create_admin(body: AdminCreation) -> tuple[IssuedAdminView, Literal[HTTPStatus.CREATED]]:
    """Creates an identity. Its token is shown this once; only a hash of it is stored."""
    admin, token = admins.new(body.name, body.role, body.expires_at, utc_now())
    change = recorder.noted(admin.id, ("admin.create",), {}, _settings(admin))
    composition.get().admins.add(admin, change)
    return IssuedAdminView.issued(admin, token), HTTPStatus.CREATED


@router.get("/admins")
def list_admins(query: Annotated[AdminsQuery, Query()]) -> Page[AdminView]:
    """All identities, revoked ones too."""
    found, following = composition.get().admins.page(query.limit, query.cursor)
    return Page[AdminView](data=[AdminView.of(admin) for admin in found], next_cursor=following)


@router.get("/admins/me")
def get_me() -> MeView:
    """Who sends the request, and in which role."""
    caller = access.caller(router.context)
    return MeView(id=caller.actor.id, name=caller.actor.name, role=caller.role)


@router.get("/admins/<admin_id>")
def get_admin(admin_id: AdminId) -> AdminView:
    """One identity."""
    return AdminView.of(_existing(admin_id))


@router.patch("/admins/<admin_id>")
def update_admin(admin_id: AdminId, body: AdminEdit) -> AdminView:
    """Changes what an identity is called, may do, and until when; its token stays."""
    sent = body.changes()
    return AdminView.of(_edit(admin_id, ("admin.update",), sent))


@router.post("/admins/<admin_id>/revoke")
def revoke_admin(admin_id: AdminId) -> AdminView:
    """Ends an identity for good: from now on its token is refused."""
    return AdminView.of(_edit(admin_id, ("admin.revoke",), {"revoked_at": utc_now()}))


@router.post("/admins/<admin_id>/rotate")
def rotate_token(admin_id: AdminId) -> IssuedAdminView:
    """Issues another token, shown this once, and ends the one before."""

    def edit() -> IssuedAdminView:
        before, now = _seen(admin_id), utc_now()
        if before.status_at(now) is not AdminStatus.ACTIVE:
            raise problems.conflict(
                f"The admin is {before.status_at(now).value}, so a token would be refused."
            )
        after, token = before.rotated(now)
        stored = composition.get().admins.replace(after, _change(("admin.rotate",), before, after))
        return IssuedAdminView.issued(stored, token)

    return edits.repeat(edit)


def _edit(admin_id: str, actions: tuple[str, ...], wanted: dict[str, Any]) -> Admin:
    def edit() -> Admin:
        before = _seen(admin_id)
        if before.revoked_at is not None:
            if "revoked_at" in wanted:
                return before
            raise problems.conflict("The admin is revoked for good.")
        after = replace(before, **wanted)
        if after == before:
            return before
        after = replace(after, updated_at=utc_now())
        return composition.get().admins.replace(after, _change(actions, before, after))

    return edits.repeat(edit)


def _change(actions: tuple[str, ...], before: Admin, after: Admin) -> Change:
    return recorder.noted(before.id, actions, _settings(before), _settings(after))


def _settings(admin: Admin) -> dict[str, Any]:
    return AdminSettings.of(admin).model_dump(mode="json", by_alias=True)


def _seen(admin_id: str) -> Admin:
    """The identity as an edit finds it, at the revision that the request requires."""
    found = _existing(admin_id)
    revisions.require(found.revision)
    return found


def _existing(admin_id: str) -> Admin:
    found = composition.get().admins.get(admin_id)
    if found is None:
        raise problems.not_found("admin", admin_id)
    return found
