"""All commands that there are, with the words by which they are called."""

from __future__ import annotations

import shlex
from functools import cache
from typing import TYPE_CHECKING, Any

import typer

from tollgate_cli import program
from tollgate_cli.session.current import Session, use

if TYPE_CHECKING:
    from collections.abc import Sequence

# Where the shell, and not the command, goes on.
_SHELL_WORDS = {"|", ">", ">>", "<", "&&", ";"}


@cache
def root() -> Any:
    return typer.main.get_command(program.app)


@cache
def all_commands() -> dict[str, Any]:
    """Commands by their words: `keys list`. Groups are among them."""
    found: dict[str, Any] = {}
    _walk((), root(), found)
    return found


def _walk(words: tuple[str, ...], command: Any, found: dict[str, Any]) -> None:
    if words:
        found[" ".join(words)] = command
    if hasattr(command, "list_commands"):
        for name in command.list_commands(None):
            _walk((*words, name), command.get_command(None, name), found)


def command_of(line: str) -> Any:
    """The command that a line without global options in front of it calls."""
    command = root()
    for word in shlex.split(line):
        inner = command.get_command(None, word) if hasattr(command, "get_command") else None
        if inner is None:
            break
        command = inner
    return command


def example_words(example: str) -> list[str]:
    """What an example hands to `tollgate`, without what the shell does with it."""
    program_name, *words = shlex.split(example, comments=True)
    assert program_name == "tollgate", example
    end = next((place for place, word in enumerate(words) if word in _SHELL_WORDS), len(words))
    return words[:end]


def parsed(words: Sequence[str]) -> Any:
    """The context of the innermost command or group that the words name, parsed and not run."""
    use(Session())
    context = root().make_context("tollgate", list(words))
    # As a group does it when it is run.
    while hasattr(context.command, "resolve_command") and (rest := _rest(context)):
        name, inner, left = context.command.resolve_command(context, rest)
        context = inner.make_context(name, left, parent=context)
    return context


def _rest(context: Any) -> list[str]:
    return [*context._protected_args, *context.args]
