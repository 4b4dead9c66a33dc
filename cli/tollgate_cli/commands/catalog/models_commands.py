"""`tollgate models`: the models that keys may call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tollgate_cli.arguments.body_options import Field, takes_body
from tollgate_cli.arguments.catalog_references import Model, model_id, provider_id, provider_names
from tollgate_cli.arguments.common_options import IfMatch
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.lists import Limit, all_pages
from tollgate_cli.commands.catalog import price_views
from tollgate_cli.commands.catalog.price_fields import PRICES
from tollgate_cli.output.dollars import usd
from tollgate_cli.output.printer import Column, Format, Row
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

app = group()

TYPES: Final = ("chat", "embedding", "image")
_PROVIDER: Final = Field(
    "providerId", "text", "Who serves it: the provider's name or id.", option="--provider"
)
_SETTINGS: Final = (
    Field("aliases", "list", "Further names for it, all of them; none for none."),
    Field("remoteId", "text", "The provider's name for it (default: the system name)."),
    Field("contextLimit", "integer", "Tokens of prompt and answer together.", nullable=True),
    Field("outputLimit", "integer", "Tokens of an answer.", nullable=True),
    Field("allowUnpriced", "boolean", "Serve it without prices: its calls cost nothing."),
    Field("allowUnpricedOptions", "boolean", "Serve tiers and tools that have no price."),
    Field("weight", "integer", "Its share of calls among targets of the same priority."),
    Field("priority", "integer", "Which targets are tried first; 0 before 1."),
    Field(
        "alternatives", "json", 'Further targets, all of them: [{"providerId": "prv_…", "remoteId": "…"}].'
    ),
    Field("fallbacks", "list", "Models that serve calls where this one fails, in order."),
    Field("safetyLevel", "integer", "Which keys may call it."),
    Field("promptOverhead", "integer", "Tokens that its provider adds to a prompt.", nullable=True),
    Field("strictTranslation", "boolean", "Refuse what can't be carried whole to its provider's API."),
    Field("managedBy", "text", "The label of the configuration that it belongs to.", nullable=True),
    *PRICES,
)
CREATION: Final = (
    Field("systemName", "text", "What calls name it.", option="--name"),
    Field("modelType", "choice", "What it does.", choices=TYPES, option="--type"),
    _PROVIDER,
    *_SETTINGS,
)
EDIT: Final = (_PROVIDER, *_SETTINGS)


def _target(target: Row) -> str:
    """The provider is named where `_with_names` has looked its name up."""
    return f"{target['remoteId']} at {target.get('provider') or target['providerId']}"


def _targets(model: Row) -> str:
    return "; ".join(_target(each) for each in (model, *model["alternatives"]))


def _with_names(model: Row, names: Mapping[str, str]) -> Row:
    """The model, and its targets, with the providers' names."""
    others = [{**each, "provider": names.get(each["providerId"])} for each in model["alternatives"]]
    return {**model, "provider": names.get(model["providerId"]), "alternatives": others}


def _free(model: Row) -> str | None:
    if model["priced"]:
        by_catalog = model["systemName"].endswith("*") and model["priceVersion"] is None
        return "of each model that it stands for, by the shipped catalog" if by_catalog else None
    return "not complete: calls are free" if model["allowUnpriced"] else "not complete: calls are refused"


def _limits(model: Row) -> str:
    parts = (("context", model["contextLimit"]), ("answer", model["outputLimit"]))
    return ", ".join(f"{name} {limit:,}" for name, limit in parts if limit is not None)


def _rate(name: str) -> Callable[[Row], str]:
    return lambda row: "none" if row[name] is None and not row["priced"] else usd(row[name])


def _priced(row: Row) -> str | None:
    return None if row["priced"] else "yellow"


COLUMNS: Final = (
    Column("Model", "systemName", wide=True),
    Column("Type", "modelType"),
    Column("Provider", lambda row: row["provider"] or row["providerId"], wide=True),
    Column("Input / 1M", _rate("inputPrice"), right=True, style=_priced),
    Column("Output / 1M", _rate("outputPrice"), right=True, style=_priced),
)
FIELDS: Final = (
    Column("Model", "systemName"),
    Column("Aliases", lambda row: ", ".join(row["aliases"])),
    Column("ID", "id"),
    Column("Type", "modelType"),
    Column("Served by", _targets),
    Column("Falls back on", lambda row: ", ".join(row["fallbacks"])),
    Column("Limits", _limits),
    Column("Prompt overhead", "promptOverhead"),
    Column("Safety level", "safetyLevel"),
    Column("Unpriced options", lambda row: "served" if row["allowUnpricedOptions"] else None),
    Column("Translation", lambda row: "strict" if row["strictTranslation"] else None),
    Column("Prices", _free, style=_priced),
    *price_views.fields(),
    Column("Managed by", "managedBy"),
    Column("Revision", "revision"),
)


@command(
    app, "list", examples=["tollgate models list --search gpt", "tollgate models list --not-priced --json"]
)
def list_models(
    *,
    search: Annotated[str | None, typer.Option(metavar="TEXT", help="Part of a name.")] = None,
    provider: Annotated[
        str | None, typer.Option(metavar="PROVIDER", help="Only of this provider: its name or id.")
    ] = None,
    priced: Annotated[
        bool | None, typer.Option("--priced/--not-priced", help="Only with whole prices, or only the others.")
    ] = None,
    managed_by: Annotated[
        str | None, typer.Option(metavar="LABEL", help="Only of the configuration with this label.")
    ] = None,
    limit: Limit = None,
) -> None:
    """List models with their prices per 1M tokens."""
    given = {
        "search": search,
        "provider_id": None if provider is None else provider_id(provider),
        "priced": priced,
        "managed_by": managed_by,
    }
    output = session().output
    models = all_pages(session().admin.list_models, limit, **given)
    if output.format is not Format.TABLE:
        output.rows(models, COLUMNS, empty="No models.")
        return
    found = list(models)
    names = provider_names() if found else {}
    output.rows([_with_names(each, names) for each in found], COLUMNS, empty="No models.")


@command(app, "show", examples=["tollgate models show gpt-5.5", "tollgate models show gpt-5.5 --json"])
def show(model: Model) -> None:
    """Show a model with its prices in effect."""
    found: Row = session().admin.get_model(model_id(model))
    _show(found if session().output.format is not Format.TABLE else _with_names(found, provider_names()))


@command(
    app,
    "create",
    examples=[
        "tollgate models create --name my-model --type chat --provider openai",
        "tollgate models create --json-body model.json",
    ],
)
@takes_body(CREATION, required=["systemName", "modelType", "providerId"])
def create(*, body: dict[str, Any]) -> None:
    """Create a model. Prices are in USD per 1M tokens.

    Models of the shipped catalog are created by "tollgate catalog load".
    """
    _look_up_provider(body)
    _show(session().admin.create_model(body))  # type: ignore[arg-type] # its fields are the options'


@command(
    app,
    "edit",
    examples=[
        "tollgate models edit gpt-5.5 --output-limit 32000 --if-match 3",
        "tollgate models edit gpt-5.5 --cached-input-price none",
    ],
)
@takes_body(EDIT)
def edit(model: Model, *, body: dict[str, Any], if_match: IfMatch = None) -> None:
    """Change a model. What isn't named stays; changed prices are a new version."""
    _look_up_provider(body)
    _show(session().admin.update_model(model_id(model), body, if_match=if_match))  # type: ignore[arg-type]


@command(app, "delete", examples=["tollgate models delete gpt-5.5"])
def delete(model: Model, *, if_match: IfMatch = None) -> None:
    """Delete a model: calls of it are refused from then on. Records keep what they were charged."""
    session().output.confirm(f'Delete the model "{model}"?', [model])
    session().admin.delete_model(model_id(model), if_match=if_match)
    session().output.note(f'The model "{model}" is deleted.')


def _look_up_provider(body: dict[str, Any]) -> None:
    if isinstance(body.get("providerId"), str):
        body["providerId"] = provider_id(body["providerId"])


def _show(model: Row) -> None:
    output = session().output
    output.item(model, FIELDS)
    own = [each for each in model["alternatives"] if each["ownPrices"]]
    if output.format is Format.TABLE:
        for each in own:
            output.line()
            output.item(each, [Column("Target", _target), *price_views.fields()])
