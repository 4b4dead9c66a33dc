"""The command `tollgate`: its groups, each imported when it is asked for, and how errors end it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

# A command's or group's name, and the module of `commands` whose `app` it is, in the order of the help.
GROUPS: Final = {
    "keys": "key_commands",
}


class LazyGroup(TyperGroup):
    """Imports the module of a group or command when it is named, or when the help lists all of them."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the base class's signature
        return list(GROUPS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the base class's signature
        module = GROUPS.get(cmd_name)
        if module is None:
            return None
        found = typer.main.get_command(importlib.import_module(f"tollgate_cli.commands.{module}").app)
        found.name = cmd_name
        return found


app = typer.Typer(cls=LazyGroup, name="tollgate", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _root() -> None:
    """Tollgate: an LLM gateway that enforces budgets."""


def run(arguments: Sequence[str]) -> int:
    """Runs a command line; answers its exit code."""
    answer = app(list(arguments), standalone_mode=False)
    return answer if isinstance(answer, int) else 0
