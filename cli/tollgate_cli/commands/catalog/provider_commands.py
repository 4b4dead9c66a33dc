"""`tollgate providers`: who serves models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tollgate_cli.arguments.body_options import Field, takes_body
from tollgate_cli.arguments.catalog_references import Provider, provider_id
from tollgate_cli.arguments.common_options import IfMatch
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.lists import Limit, all_pages
from tollgate_cli.commands.catalog.entered_keys import FromStdin, FromVariable, given_key, needed_key
from tollgate_cli.output.failures import ExitCode, UsageError
from tollgate_cli.output.printer import Column, Format, Row
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from collections.abc import Mapping

app = group()

TYPES: Final = ("openai", "anthropic")
VENDORS: Final = (
    "alibaba", "amazon", "anthropic", "azure", "deepseek", "google", "groq", "mistral", "moonshot", "ollama",
    "openai", "openrouter", "perplexity", "vllm", "xai", "zhipu", "other",
)  # fmt: skip
_KEYLESS: Final = ("none", "aws_sigv4", "aws_bearer")
_DOCUMENTS: Final = ("google", "entra")
_HEADERS: Final = ("authorization", "x-api-key", "api-key", *_KEYLESS, *_DOCUMENTS)
_SETTINGS: Final = (
    Field(
        "authHeader",
        "choice",
        "The header of its key, or how else it knows calls.",
        choices=_HEADERS,
    ),
    Field(
        "outputLimitName",
        "choice",
        "What it calls the limit of an answer.",
        choices=("max_completion_tokens", "max_tokens"),
    ),
    Field("streamUsage", "choice", "When streams tell usage.", choices=("on_request", "always")),
    Field("vendor", "choice", "Whose API it is.", choices=VENDORS),
    Field("betaHeaders", "list", "Beta features that calls may ask for; none for none."),
    Field(
        "apis",
        "json",
        'Which APIs it speaks, all of them, and where: [{"api": "messages", "baseUrl": "https://…"}].',
        nullable=True,
    ),
    Field("managedBy", "text", "The label of the configuration that it belongs to.", nullable=True),
)
CREATION: Final = (
    Field("name", "text", "Its name."),
    Field("type", "choice", "Which API it speaks.", choices=TYPES),
    Field("baseUrl", "text", "Where its API is, such as https://api.openai.com/v1."),
    *_SETTINGS,
)
EDIT: Final = (Field("baseUrl", "text", "Where its API is. Another host needs its key again."), *_SETTINGS)


def _endpoint(api: Row) -> str:
    return f"{api['api']} at {api['baseUrl']} ({api['authHeader']})"


_ID: Final = Column("ID", "id")
# Below it, an id leaves too little of the URLs; commands take the name as well.
_ROOM_FOR_IDS: Final = 110
COLUMNS: Final = (
    Column("Name", "name", wide=True),
    Column("Type", "type"),
    Column("URL", "baseUrl", wide=True),
    Column("Key", lambda row: "yes" if row["hasApiKey"] else "no"),
)
FIELDS: Final = (
    Column("Provider", "name"),
    Column("ID", "id"),
    Column("Type", "type"),
    Column("Vendor", "vendor"),
    Column("URL", "baseUrl"),
    Column("API key", lambda row: _told_key(row["authHeader"], kept=row["hasApiKey"])),
    Column("Limit of answers", "outputLimitName"),
    Column("Usage of streams", lambda row: row["streamUsage"].replace("_", " ")),
    Column("Beta headers", lambda row: ", ".join(row["betaHeaders"])),
    Column("Speaks", lambda row: "; ".join(map(_endpoint, row["apis"]))),
    Column("Known by", lambda row: "what was stated" if row["apisStated"] else "its type and vendor"),
    Column("Managed by", "managedBy"),
    Column("Revision", "revision"),
)


@command(app, "list", examples=["tollgate providers list", "tollgate providers list --search openai --json"])
def list_providers(
    *,
    search: Annotated[str | None, typer.Option(metavar="TEXT", help="Part of a name.")] = None,
    managed_by: Annotated[
        str | None, typer.Option(metavar="LABEL", help="Only of the configuration with this label.")
    ] = None,
    limit: Limit = None,
) -> None:
    """List providers."""
    providers = all_pages(session().admin.list_providers, limit, search=search, managed_by=managed_by)
    width = session().output.width
    shown = (_ID, *COLUMNS) if width is None or width >= _ROOM_FOR_IDS else COLUMNS
    session().output.rows(providers, shown, empty="No providers.")


@command(app, "show", examples=["tollgate providers show openai"])
def show(provider: Provider) -> None:
    """Show a provider. Its API key is never shown."""
    session().output.item(session().admin.get_provider(provider_id(provider)), FIELDS)


@command(
    app,
    "create",
    examples=[
        "tollgate providers create --name groq --type openai --base-url https://HOST/v1",
        "tollgate providers create --json-body openai.json --api-key-env OPENAI_API_KEY",
    ],
)
@takes_body(CREATION, required=["name", "type", "baseUrl"])
def create(
    *, body: dict[str, Any], api_key_stdin: FromStdin = False, api_key_env: FromVariable = None
) -> None:
    """Create a provider.

    Its API key is asked for, unless --auth-header (none, aws_sigv4, aws_bearer) says that it has none. For
    google and entra it is a JSON document, which --api-key-stdin takes from a file.
    """
    if "apiKey" in body:
        raise UsageError("An API key in a file of JSON stays there: give --api-key-stdin or --api-key-env.")
    key = given_key(stdin=api_key_stdin, variable=api_key_env)
    if key is None and body.get("authHeader") not in _KEYLESS:
        key = needed_key(stdin=False, variable=None)
    if key is not None:
        body["apiKey"] = key
    session().output.item(session().admin.create_provider(body), FIELDS)  # type: ignore[arg-type]


@command(app, "edit", examples=["tollgate providers edit openai --stream-usage always --if-match 2"])
@takes_body(EDIT)
def edit(
    provider: Provider,
    *,
    body: dict[str, Any],
    if_match: IfMatch = None,
    api_key_stdin: FromStdin = False,
    api_key_env: FromVariable = None,
) -> None:
    """Change a provider. What isn't named stays; set-key changes its key alone."""
    key = given_key(stdin=api_key_stdin, variable=api_key_env)
    if key is not None:
        body["apiKey"] = key
    changed = session().admin.update_provider(provider_id(provider), body, if_match=if_match)  # type: ignore[arg-type]
    session().output.item(changed, FIELDS)


@command(
    app,
    "set-key",
    examples=[
        "tollgate providers set-key openai",
        "tollgate providers set-key openai --api-key-env OPENAI_API_KEY",
    ],
)
def set_key(
    provider: Provider,
    *,
    api_key_stdin: FromStdin = False,
    api_key_env: FromVariable = None,
    if_match: IfMatch = None,
) -> None:
    """Give a provider another API key, in place of the one it has."""
    key = needed_key(stdin=api_key_stdin, variable=api_key_env)
    changed = session().admin.update_provider(provider_id(provider), {"apiKey": key}, if_match=if_match)
    session().output.item(changed, FIELDS)


@command(
    app,
    "check-key",
    examples=[
        "tollgate providers check-key openai",
        "tollgate providers check-key openai --api-key-env OPENAI_API_KEY --quiet",
    ],
)
def check_key(
    provider: Provider, *, api_key_stdin: FromStdin = False, api_key_env: FromVariable = None
) -> int:
    """Tell whether a provider has this API key. Exits with 1 if it has another one."""
    key = needed_key(stdin=api_key_stdin, variable=api_key_env)
    found = session().admin.check_api_key(provider_id(provider), {"apiKey": key})
    said = "it is the provider's key" if found["matches"] else "the provider has another key"
    session().output.item(found, [Column("API key", lambda _: said)])
    return ExitCode.DONE if found["matches"] else ExitCode.FAILED


@command(app, "delete", examples=["tollgate providers delete openai"])
def delete(provider: Provider, *, if_match: IfMatch = None) -> None:
    """Delete a provider that serves no model, and its API key."""
    session().output.confirm(f'Delete the provider "{provider}" and its API key?', [provider])
    session().admin.delete_provider(provider_id(provider), if_match=if_match)
    session().output.note(f'The provider "{provider}" is deleted.')


_TESTED: Final = (
    Column(
        "Result",
        lambda row: "ok" if row["ok"] else "failed",
        style=lambda row: "green" if row["ok"] else "red",
    ),
    Column("Message", "message"),
    Column("HTTP status", "status"),
    Column("Models", lambda row: None if row["modelCount"] is None else f"{row['modelCount']:,}"),
    Column("Took", lambda row: f"{row['durationMs']:,} ms"),
)
_FOUND: Final[Mapping[bool | None, str]] = {True: "yes", False: "no", None: "unknown"}
_STYLES: Final[Mapping[bool | None, str]] = {True: "green", False: "red", None: "yellow"}
_TESTED_APIS: Final = (
    Column("API", "api"),
    Column("Spoken", lambda row: "yes" if row["spoken"] else "no"),
    Column("Found", lambda row: _FOUND[row["found"]], style=lambda row: _STYLES[row["found"]]),
    Column("Base URL", "baseUrl", wide=True),
    Column("Message", "message", wide=True),
)


@command(app, "test", examples=["tollgate providers test openai"])
def test(provider: Provider) -> int:
    """Ask a provider for its models, and which APIs it has. Exits with 1 if it lists none as it should.

    APIs are asked for by requests that can't be charged.
    """
    found = session().admin.check_provider(provider_id(provider))
    output = session().output
    output.item(found, _TESTED)
    if output.format is Format.TABLE:
        output.line()
        output.rows(found["apis"], _TESTED_APIS, empty="")
    return ExitCode.DONE if found["ok"] else ExitCode.FAILED


@command(
    app,
    "remote-models",
    examples=["tollgate providers remote-models openai", "tollgate providers remote-models openai --json"],
)
def remote_models(provider: Provider, *, limit: Limit = None) -> None:
    """List the models that a provider itself lists, and which of them are served here."""
    models = all_pages(session().admin.list_remote_models, limit, provider_id(provider))
    session().output.rows(
        models,
        [
            Column("Provider's name", "id", wide=True),
            Column("Served as", lambda row: ", ".join(row["systemNames"]), wide=True),
        ],
        empty="It lists none.",
    )


def _told_key(auth_header: str, *, kept: bool) -> str:
    if auth_header in _KEYLESS:
        return "none" if auth_header == "none" else f"none, asked by the gateway's role ({auth_header})"
    if not kept:
        return "none"
    return f"kept, {'for tokens of' if auth_header in _DOCUMENTS else 'sent as'} {auth_header}"
