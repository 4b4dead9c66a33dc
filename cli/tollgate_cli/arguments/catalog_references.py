"""Models and providers as people name them: by id or by name."""

from __future__ import annotations

import re
from typing import Annotated, Final

import typer

from tollgate_cli.arguments.lists import all_pages
from tollgate_cli.output.failures import CommandError, ExitCode
from tollgate_cli.session.current import session

Model = Annotated[str, typer.Argument(metavar="MODEL", help="Its system name, or its id, mdl_….")]
Provider = Annotated[str, typer.Argument(metavar="PROVIDER", help="Its name, or its id, prv_….")]
_MODEL_ID: Final = re.compile(r"mdl_[0-9a-f]{20}")
_PROVIDER_ID: Final = re.compile(r"prv_[0-9a-f]{20}")


def model_id(reference: str) -> str:
    """A model's id; an id is taken as it is. Raises `CommandError` if no model has the name."""
    if _MODEL_ID.fullmatch(reference):
        return reference
    for model in all_pages(session().admin.list_models, None, search=reference):
        if model["systemName"] == reference:
            return str(model["id"])
    raise CommandError(f'The model "{reference}" was not found.', ExitCode.NOT_FOUND)


def provider_id(reference: str) -> str:
    """A provider's id; an id is taken as it is. Raises `CommandError` if no provider has the name."""
    if _PROVIDER_ID.fullmatch(reference):
        return reference
    for provider in all_pages(session().admin.list_providers, None, search=reference):
        if provider["name"] == reference:
            return str(provider["id"])
    raise CommandError(f'The provider "{reference}" was not found.', ExitCode.NOT_FOUND)


def provider_names() -> dict[str, str]:
    """The name of each provider by its id."""
    return {each["id"]: each["name"] for each in all_pages(session().admin.list_providers, None)}
