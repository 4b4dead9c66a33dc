"""`tollgate keys import`: many keys out of a CSV file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated, Any

import typer

from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.given_texts import given_text
from tollgate_cli.arguments.key_references import lasting_key_id
from tollgate_cli.commands.keys.csv_rows import KeyRow, rows_of
from tollgate_cli.commands.keys.key_sides import ADMIN
from tollgate_cli.output.failures import CommandError, ExitCode, ReaderLeftError
from tollgate_cli.output.printer import Column
from tollgate_cli.session.current import session

app = group()

_RESULTS = [
    Column("Line", "line", right=True),
    Column("External id", "externalId"),
    Column("ID", "id"),
    Column("Result", "result"),
    Column("Secret", "key"),
]


@command(
    app,
    "import",
    examples=[
        "tollgate keys import keys.csv --csv > secrets.csv",
        "tollgate keys import - --dry-run < keys.csv",
    ],
)
def import_keys(
    file: Annotated[str, typer.Argument(metavar="FILE", help='CSV with a line of titles; "-" for stdin.')],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the file, and create nothing.")] = False,
) -> int:
    """Create many keys out of a CSV file, and print their secrets.

    Its titles are fields as "keys list --csv" names them: externalId and name must be there; budgetLimit,
    quotaLimit, ownerEmail, tags.team, allowedModels (with commas) and all other fields of "keys create" may
    be; parent is the id or the external id of a key, which may be created further up. An empty cell leaves
    the field out, "none" is null.

    Keys that are there already, by their external id and with the same fields, are left alone, so that an
    import that was interrupted can be run again. Secrets are printed as the keys are made, and only then.
    """
    rows = rows_of(given_text(file))
    if dry_run:
        session().output.note(f"{len(rows)} keys could be created.")
        return ExitCode.DONE
    return _Import(rows).run()


class _Import:
    """Creates keys one by one, and keeps account of them."""

    def __init__(self, rows: Sequence[KeyRow]) -> None:
        self.rows = rows
        self.ids: dict[str, str] = {}
        self.results: dict[str, int] = {"created": 0, "there already": 0, "failed": 0}
        self.failures: list[str] = []

    def run(self) -> int:
        """The exit code: 1 if a key couldn't be created. What stops it all is raised, after the account."""
        output = session().output
        show = output.live(_RESULTS)
        try:
            with self._progress() as advance:
                for row in self.rows:
                    result = self._create(row)
                    self.results[result["result"]] += 1
                    self._show(show, result)
                    advance(1)
        finally:
            output.note(self._account())
        if self.failures:
            raise CommandError("Not all keys could be created:", ExitCode.FAILED, self.failures)
        return ExitCode.DONE

    def _show(self, show: Callable[[dict[str, Any]], None], result: dict[str, Any]) -> None:
        """Raises `CommandError` if a secret goes nowhere: no other key is made then."""
        try:
            show(result)
        except (ReaderLeftError, CommandError) as error:
            if result["key"] is None:
                raise
            again = f"tollgate keys rotate ext:{result['externalId']}"
            raise CommandError(
                f'A secret couldn\'t be printed, and is lost. Issue it by "{again}".'
            ) from error

    def _progress(self) -> AbstractContextManager[Callable[[int], None]]:
        """None on a terminal that shows the results already."""
        if sys.stdout.isatty():
            return nullcontext(lambda _done: None)
        return session().output.progress("Creating keys", len(self.rows))

    def _create(self, row: KeyRow) -> dict[str, Any]:
        from tollgate_client import Conflict, Invalid, NotFound  # noqa: PLC0415 - brings httpx along

        result = {"line": row.line, "externalId": row.body["externalId"], "id": None, "key": None}
        try:
            key = ADMIN.api().create_key(self._body(row))
        except (Conflict, Invalid, NotFound) as error:
            self.failures += _lines(row, error)
            return {**result, "result": "failed"}
        except CommandError as error:
            self.failures.append(f"  line {row.line}: {error.message}")
            return {**result, "result": "failed"}
        self.ids[row.body["externalId"]] = key["id"]
        said = "there already" if key["key"] is None else "created"
        return {**result, "id": key["id"], "result": said, "key": key["key"]}

    def _body(self, row: KeyRow) -> dict[str, Any]:
        if row.parent is None:
            return row.body
        # Not by a name: holders name keys as they like, and hold what is below them.
        name = row.parent.removeprefix("ext:")
        return {**row.body, "parentId": self.ids.get(name) or lasting_key_id(row.parent)}

    def _account(self) -> str:
        done = sum(self.results.values())
        said = ", ".join(f"{number} {what}" for what, number in self.results.items() if number)
        left = len(self.rows) - done
        more = f"; {left} were not tried: run it again for them" if left else ""
        return f"{said or 'Nothing was done'}{more}."


def _lines(row: KeyRow, error: Any) -> Iterator[str]:
    """What is wrong with a row, by its fields where the API names them."""
    if not error.fields:
        yield f"  line {row.line}: {error.detail}"
    for each in error.fields:
        yield f"  line {row.line}, {each.field}: {each.message}"
