"""`tollgate catalog`: well-known models and their prices, for a provider of yours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tollgate_cli.arguments.catalog_references import Provider, provider_id
from tollgate_cli.arguments.common_options import one_of
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.lists import Limit, all_pages
from tollgate_cli.commands.catalog import catalog_files, price_views
from tollgate_cli.commands.catalog.provider_commands import VENDORS
from tollgate_cli.commands.operations import catalog_check_commands
from tollgate_cli.output.counted import counted
from tollgate_cli.output.failures import CommandError, ExitCode, UsageError
from tollgate_cli.output.printer import Column, Format, Row
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

app = group()

STATES: Final = ("new", "price_changed", "unchanged", "edited", "elsewhere", "ended")
# The API takes a hundred at most, and answers when all are done.
BATCH: Final = 50
_STATE_STYLES: Final = {"new": "green", "price_changed": "yellow", "elsewhere": "red", "ended": "red"}
_OUTCOME_STYLES: Final = {"created": "green", "updated": "green", "refused": "red"}
# Of entries, by their state: what an import does, and which option it takes.
_EFFECTS: Final = {
    "new": "is created",
    "price_changed": "is updated by --update",
    "unchanged": "stays: it has these prices",
    "edited": "is overwritten by --replace alone",
    "elsewhere": "is refused: another provider serves it",
    "ended": "is refused: its price has ended",
}
Names = Annotated[
    list[str] | None, typer.Argument(metavar="NAME", help="Only these models, by their system names.")
]
VendorFilter = Annotated[str | None, one_of(VENDORS, "Only of this vendor.", "--vendor")]


def _why(imported: Row) -> str:
    fields = "; ".join(f"{each['field']}: {each['message']}" for each in imported["errors"])
    return " ".join(each for each in (imported["detail"], f"({fields})" if fields else "") if each)


def _notes(entry: Row) -> str:
    notes = ["stale"] if entry["stale"] else []
    return ", ".join([*notes, *([f"until {entry['validUntil']}"] if entry["validUntil"] else [])])


_COLUMNS: Final = (
    Column("Model", "systemName", wide=True),
    Column("Vendor", "vendor"),
    Column(
        "State", lambda row: row["state"].replace("_", " "), style=lambda row: _STATE_STYLES.get(row["state"])
    ),
    Column("Input", lambda row: price_views.LISTED[0].cell(row["after"]).text, right=True),
    Column("Output", lambda row: price_views.LISTED[1].cell(row["after"]).text, right=True),
    Column("Notes", _notes),
)
_PREVIEWED: Final = (
    Column("Model", "systemName", wide=True),
    Column(
        "When loaded, it",
        lambda row: _EFFECTS[row["state"]],
        style=lambda row: _STATE_STYLES.get(row["state"]),
    ),
    Column("Per 1M tokens", lambda row: price_views.change(row["before"], row["after"]), wide=True),
)
_IMPORTED: Final = (
    Column("Model", "systemName", wide=True),
    Column("Outcome", "outcome", style=lambda row: _OUTCOME_STYLES.get(row["outcome"])),
    Column("Why", _why, wide=True),
)


@command(
    app,
    "list",
    examples=[
        "tollgate catalog list openai --state price_changed",
        "tollgate catalog list prv_ID --vendor openai",
    ],
)
def list_catalog(
    provider: Provider,
    *,
    search: Annotated[str | None, typer.Option(metavar="TEXT", help="Part of a name.")] = None,
    vendor: VendorFilter = None,
    state: Annotated[str | None, one_of(STATES, "Only those that an import would find so.")] = None,
    limit: Limit = None,
) -> None:
    """List the shipped catalog beside a provider's models, with prices per 1M tokens."""
    given = {"search": search, "vendor": vendor, "state": state}
    entries = all_pages(session().admin.list_catalog, limit, provider_id(provider), **given)
    session().output.rows(entries, _COLUMNS, empty="No entries.")


@command(
    app,
    "preview",
    examples=["tollgate catalog preview openai", "tollgate catalog preview openai gpt-5.5 gpt-5-mini"],
)
def preview(provider: Provider, names: Names = None, *, vendor: VendorFilter = None) -> None:
    """Show what loading the shipped catalog would do, and which prices it would change."""
    found = _chosen(provider_id(provider), names, vendor)
    shown = found if names else [each for each in found if each["state"] != "unchanged"]
    session().output.rows(shown, _PREVIEWED, empty="Nothing would change.")


@command(
    app,
    "load",
    examples=[
        "tollgate catalog load openai",
        "tollgate catalog load openai gpt-5.5 --update",
        "tollgate catalog load openai --file mine.json --replace",
    ],
)
def load(
    provider: Provider,
    names: Names = None,
    *,
    vendor: VendorFilter = None,
    update: Annotated[
        bool, typer.Option("--update", help="Also set prices of models that have others from a catalog.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Also those that somebody has set by hand.")
    ] = False,
    file: Annotated[
        str | None, typer.Option(metavar="FILE", help="From this catalog, not the shipped one; - for stdin.")
    ] = None,
) -> int:
    """Create models of a provider from the catalog, or set their prices from it.

    Without names, all of the provider's vendor are loaded. "preview" shows first what would happen. Exits
    with 1 if any was refused; sending it again is safe.
    """
    output = session().output
    if update and replace:
        raise UsageError("--update and --replace exclude each other.")
    existing = "replace" if replace else "update" if update else "keep"
    own = None if file is None else _own_entries(file, names, vendor)
    identifier = provider_id(provider)
    what, chosen = (
        ("entries", own) if own is not None else ("systemNames", _loadable(identifier, names, vendor))
    )
    done: list[Any] = []
    try:
        with output.progress("Models", len(chosen)) as advance:
            for batch in _batches(chosen):
                body: Any = {what: batch, "existing": existing}
                done += session().admin.import_models(identifier, body)["data"]
                advance(len(batch))
    finally:
        if done:
            output.rows(done, _IMPORTED, empty="")
            _summarize(done)
    return ExitCode.FAILED if any(each["outcome"] == "refused" for each in done) else ExitCode.DONE


def _own_entries(file: str, names: Sequence[str] | None, vendor: str | None) -> list[dict[str, Any]]:
    found = catalog_files.entries(file, vendor)
    by_name = {each["systemName"]: each for each in found}
    unknown = [name for name in names or () if name not in by_name]
    if unknown or not found:
        raise UsageError(f"{file} has no model {unknown[0]!r}." if unknown else f"{file} has no such model.")
    return [by_name[name] for name in names] if names else found


def _loadable(identifier: str, names: Sequence[str] | None, vendor: str | None) -> list[str]:
    """The names as they were given, which the API checks; without any, those that it would not refuse."""
    if names:
        return list(names)
    refused = {"elsewhere", "ended"}
    found = [each for each in _chosen(identifier, None, vendor) if each["state"] not in refused]
    if not found:
        raise CommandError("The catalog has nothing to load for this provider: see tollgate catalog list.")
    return [each["systemName"] for each in found]


def _chosen(identifier: str, names: Sequence[str] | None, vendor: str | None) -> list[Any]:
    """Entries of the shipped catalog by name; without names, of a vendor, by default the provider's own."""
    if names is None and vendor is None:
        vendor = session().admin.get_provider(identifier)["vendor"]
        if vendor == "other":
            raise UsageError("This provider's vendor isn't known: name models, or give --vendor.")
    filters = {} if vendor is None else {"vendor": vendor}
    found = list(all_pages(session().admin.list_catalog, None, identifier, **filters))
    if not names:
        return found
    by_name = {each["systemName"]: each for each in found}
    unknown = [name for name in names if name not in by_name]
    if unknown:
        raise CommandError(f'The catalog has no model "{unknown[0]}".', ExitCode.NOT_FOUND)
    return [by_name[name] for name in names]


def _batches(chosen: Sequence[Any]) -> Iterator[Sequence[Any]]:
    yield from (chosen[start : start + BATCH] for start in range(0, len(chosen), BATCH))


def _summarize(done: Sequence[Row]) -> None:
    if session().output.format is Format.TABLE:
        counts = dict.fromkeys(("created", "updated", "unchanged", "kept", "refused"), 0)
        for each in done:
            counts[each["outcome"]] += 1
        parts = [f"{count} {outcome}" for outcome, count in counts.items() if count]
        session().output.note(f"{counted(len(done), 'model')}: {', '.join(parts)}.")


catalog_check_commands.add_to(app)
