"""Questions to the person at the terminal. They are asked on stderr, so that stdout has results only."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

from tollgate_cli.output.failures import CommandError, UsageError
from tollgate_cli.output.shown_text import escaped

if TYPE_CHECKING:
    from collections.abc import Sequence


def ask(question: str, *, instead: str) -> str:
    """A line that is typed. Without a terminal: `UsageError`, with what to give `instead`."""
    _need_terminal(f"There is no terminal to ask at. {instead}")
    return _asked(question)


def ask_secret(question: str, *, instead: str) -> str:
    """The same without showing what is typed."""
    _need_terminal(f"There is no terminal to ask at. {instead}")
    return getpass.getpass(f"{escaped(question)} ", stream=sys.stderr).strip()


def ask_to_type(question: str, accepted: Sequence[str]) -> None:
    """Asks for one of the texts, such as the name of what would be revoked. Anything else: `CommandError`."""
    _need_terminal(f"{question} There is no terminal to ask at: add --yes.")
    typed = _asked(f"{question} Type {_listed(accepted)} to go on:")
    if typed not in {each.strip() for each in accepted}:
        raise CommandError("Nothing was done: that isn't what was asked for.")


def _asked(question: str) -> str:
    sys.stderr.write(f"{escaped(question)} ")
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.strip()


def _need_terminal(otherwise: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError(otherwise)


def _listed(accepted: Sequence[str]) -> str:
    return " or ".join(dict.fromkeys(f'"{each}"' for each in accepted))
