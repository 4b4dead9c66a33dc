"""How a command ends: exit codes, and the errors that say why in a sentence."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class ExitCode(IntEnum):
    """Scripts rely on them: docs/cli.md and `tollgate --help` say what each means."""

    DONE = 0
    FAILED = 1
    WRONG_USE = 2
    NOT_SIGNED_IN = 3
    NOT_FOUND = 4
    CONFLICT = 5
    UNREACHABLE = 6
    STOPPED_HALF_WAY = 7
    INTERRUPTED = 130


class CommandError(Exception):
    """Ends the command: `message` is one sentence, `details` are lines below it. Neither has secrets."""

    def __init__(
        self, message: str, exit_code: ExitCode = ExitCode.FAILED, details: Sequence[str] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code
        self.details = tuple(details)


class ReaderLeftError(Exception):
    """Who reads stdout has had enough, such as `head`: an end, and no failure."""


class UsageError(CommandError):
    """The command line can't be carried out; nothing was sent."""

    def __init__(self, message: str, details: Sequence[str] = ()) -> None:
        super().__init__(message, ExitCode.WRONG_USE, details)


class NotSignedInError(CommandError):
    """There is no token for what was asked."""

    def __init__(self, message: str, details: Sequence[str] = ()) -> None:
        super().__init__(message, ExitCode.NOT_SIGNED_IN, details)
