"""Models, their providers and their prices."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate_admin.catalog import model_commands
from tollgate_admin.catalog.model_schemas import ModelCreation, ModelEdit, ModelsQuery, ModelView, VersionView
from tollgate_admin.composition import services_of
from tollgate_admin.web import field_errors
from tollgate_admin.web.change_requests import ChangeRequest
from tollgate_admin.web.wire_types import Page

router = APIGatewayRouter()

ModelId = Annotated[
    str, Path(pattern=field_errors.pattern(r"^mdl_[0-9a-f]{20}$", "is not the id of a model"))
]


@router.post("/models")
def create_model(request: Request, body: ModelCreation) -> tuple[ModelView, Literal[HTTPStatus.CREATED]]:
    """Create a model."""
    services = services_of(request)
    model = model_commands.create(services.catalog, ChangeRequest.of(request), body)
    return ModelView.of(model, services.clock()), HTTPStatus.CREATED


@router.get("/models")
def list_models(request: Request, query: Annotated[ModelsQuery, Query()]) -> Page[ModelView]:
    """List models by name. `search` matches the name, the id and the providers' names for the model."""
    services = services_of(request)
    now = services.clock()
    models, following = query.page(
        (model for model in services.catalog.models() if query.selects(model, now)),
        lambda model: model.system_name,
        lambda model: (model.system_name, model.id, *(target.remote_id for target in model.targets)),
    )
    return Page[ModelView](data=[ModelView.of(model, now) for model in models], next_cursor=following)


@router.get("/models/<model_id>")
def get_model(request: Request, model_id: ModelId) -> ModelView:
    services = services_of(request)
    return ModelView.of(model_commands.existing(services.catalog, model_id), services.clock())


@router.get("/models/<model_id>/prices")
def list_prices(request: Request, model_id: ModelId) -> Page[VersionView]:
    """List all past, current and future price versions of a model and its alternatives, oldest first."""
    model = model_commands.existing(services_of(request).catalog, model_id)
    versions = sorted(model.versions(), key=lambda each: each[1].effective_at)
    return Page[VersionView](
        data=[VersionView.of(target, version) for target, version in versions], next_cursor=None
    )


@router.patch("/models/<model_id>")
def update_model(request: Request, model_id: ModelId, body: ModelEdit) -> ModelView:
    """Change a model. A changed price becomes a new version; past charges keep the version they had."""
    services = services_of(request)
    model = model_commands.edit(services.catalog, ChangeRequest.of(request), model_id, body)
    return ModelView.of(model, services.clock())


@router.delete(
    "/models/<model_id>", responses={HTTPStatus.NO_CONTENT: {"description": "The model was deleted."}}
)
def delete_model(request: Request, model_id: ModelId) -> Response[str]:
    """Delete a model. Past charges stay. Proxies may serve it from memory for a short while."""
    model_commands.delete(services_of(request).catalog, ChangeRequest.of(request), model_id)
    return Response(HTTPStatus.NO_CONTENT, body="")
