"""What a run says of itself, all of it on stderr: stdout is the program's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tollgate_cli.output import table_layout
from tollgate_cli.output.dollars import usd
from tollgate_cli.programs import run_spending
from tollgate_cli.programs.gateway_variables import OTHER_VENDORS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tollgate_cli.output.printer import Output
    from tollgate_cli.programs.client_programs import ClientProgram
    from tollgate_cli.programs.gateway_variables import Variables
    from tollgate_cli.programs.run_spending import Standing

_WIDTH: Final = 80


def tell_variables(
    output: Output, client: ClientProgram, variables: Variables, environment: Mapping[str, str]
) -> None:
    """Names the variables, for --verbose; what they are set to may be a secret."""
    _tell_names(output, f"Set for {client.title}", variables.values)
    _tell_names(output, "Removed", variables.present(environment))
    others = [name for name in OTHER_VENDORS if environment.get(name)]
    _tell_names(output, "Left as they are, so that calls to these vendors don't pass the gateway", others)


def tell_spending(output: Output, key_id: str, since: Standing, *, is_whole: bool, is_alone: bool) -> None:
    """A table of what was spent with the key, and what is left."""
    rows = run_spending.rows_of(since)
    if is_alone:
        title = "This run spent:" if rows else "This run spent nothing."
    elif rows:
        title = f"Spent meanwhile with {key_id}, other programs' calls with it included:"
    else:
        title = f"Nothing was spent with {key_id}."
    # Apart from what the program has written.
    output.note("")
    output.note(title, "bold")
    columns = run_spending.columns()
    cells = [[column.cell(row) for column in columns] for row in rows]
    if rows:
        for line in table_layout.table([each.heading for each in columns], cells, _WIDTH, colour=False):
            output.note(f"  {line}")
    if not is_whole:
        output.note(f"Not all calls are in these sums yet. The key counts {usd(f'{since.used:f}')} in all.")
    if since.left and (rows or not is_alone):
        output.note(f"Left: {', '.join(since.left)}.")


def _tell_names(output: Output, title: str, names: Iterable[str]) -> None:
    found = list(names)
    if found:
        for line in table_layout.folded(f"{title}: {', '.join(found)}.", _WIDTH):
            output.note(line)
