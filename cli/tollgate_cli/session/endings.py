"""How a command ends: its exit code, and what is said of an error. Nobody sees a traceback."""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING, Any

import typer

from tollgate_cli.output.failures import CommandError, ExitCode, ReaderLeftError, UsageError
from tollgate_cli.output.printer import Output
from tollgate_cli.output.shown_text import escaped

if TYPE_CHECKING:
    from collections.abc import Callable

    from tollgate_cli.session.current import Session
    from tollgate_client import ApiError

_UNEXPECTED = "Set TOLLGATE_DEBUG=1 to see where, and please report it."
_EXIT_CODES = {
    401: ExitCode.NOT_SIGNED_IN,
    403: ExitCode.NOT_SIGNED_IN,
    404: ExitCode.NOT_FOUND,
    409: ExitCode.CONFLICT,
    412: ExitCode.CONFLICT,
}
# How the admin API says that it doesn't know a token: to who writes a client.
_ADVICE = "Send an admin's token as `Authorization: Bearer`."
# Click's own errors, whose class Typer doesn't name.
_ClickError: Any = typer.BadParameter.__mro__[2]


def ended(command: Callable[[], Any], session: Session) -> int:
    """Runs the command; answers its exit code, after its error was told."""
    _speak_any_encoding()
    try:
        return _ended(command, session)
    except ReaderLeftError:
        return int(ExitCode.DONE)
    finally:
        session.close()
        _let_go_of_stdout()


def _ended(command: Callable[[], Any], session: Session) -> int:
    output = Output()
    try:
        answer = command()
        output.flush()
    except SystemExit as end:
        # So Typer ends completion.
        return end.code if isinstance(end.code, int) else int(ExitCode.DONE)
    except ReaderLeftError:
        raise
    except Exception as error:
        return _told(error, session)
    if answer == ExitCode.INTERRUPTED:
        # Typer has caught it. The terminal shows ^C, and the cursor behind it.
        output.complaint("\nInterrupted.")
    return int(answer) if isinstance(answer, int) else int(ExitCode.DONE)


def _told(error: Exception, session: Session) -> int:
    output = Output(colour_wanted=not session.options.no_color)
    if os.environ.get("TOLLGATE_DEBUG"):
        # Errors repeat what servers and files have said.
        for line in traceback.format_exc().splitlines():
            sys.stderr.write(f"{escaped(line)}\n")
    failure = _as_failure(error, session)
    if failure.message:
        output.error(failure.message)
    for line in failure.details:
        # A line each: what a server has put into one begins none that looks like another's.
        output.complaint(escaped(line))
    return int(failure.exit_code)


def _as_failure(error: Exception, session: Session) -> CommandError:
    if isinstance(error, CommandError):
        return error
    if isinstance(error, _ClickError):
        return _wrong_use(error)
    if isinstance(error, (typer.Abort, EOFError)):
        return CommandError("Interrupted.", ExitCode.INTERRUPTED)
    if isinstance(error, UnicodeEncodeError):
        return UsageError("An argument isn't text in UTF-8, which is all that can be sent.")
    told = _from_the_api(error, session)
    if told is not None:
        return told
    text = f"{type(error).__name__}: {error}"
    return CommandError(f"An unexpected fault: {text}.", ExitCode.FAILED, [_UNEXPECTED])


def _wrong_use(error: Any) -> CommandError:
    """What Click finds wrong with a command line. Without arguments its text is the help."""
    if type(error).__name__ == "NoArgsIsHelpError":
        return CommandError("", ExitCode.WRONG_USE, error.format_message().split("\n"))
    context = getattr(error, "ctx", None)
    details = [f"See {context.command_path} --help."] if context is not None else []
    if (way := _elsewhere(error, context)) is not None:
        return CommandError(way, ExitCode.WRONG_USE, details)
    return CommandError(error.format_message(), ExitCode.WRONG_USE, details)


def _elsewhere(error: Any, context: Any) -> str | None:
    """Where to find what people look for among an edit's options, of which Click would name a similar one."""
    path = context.command_path if context is not None else ""
    if getattr(error, "option_name", None) != "--budget-limit" or not path.endswith("keys edit"):
        return None
    return f'The budget is changed by "{path.removesuffix("edit")}budget".'


def _from_the_api(error: Exception, session: Session) -> CommandError | None:
    if "tollgate_client" not in sys.modules:
        return None
    from tollgate_client import ApiError, TollgateError, Unauthorized, Unreachable  # noqa: PLC0415 - there already

    if isinstance(error, Unreachable):
        return CommandError(str(error), ExitCode.UNREACHABLE)
    if not isinstance(error, ApiError):
        return CommandError(str(error)) if isinstance(error, TollgateError) else None
    default = ExitCode.UNREACHABLE if error.status >= 500 or error.status == 429 else ExitCode.FAILED
    exit_code = _EXIT_CODES.get(error.status, default)
    reference = f" (request {error.request_id})" if error.request_id else ""
    if isinstance(error, Unauthorized) and error.code is None:
        return _refused(error, session, reference)
    return CommandError(f"{error.detail}{reference}", exit_code, _fields(error, session))


def _refused(error: ApiError, session: Session, reference: str) -> CommandError:
    """The admin API doesn't take the token."""
    whose, way = session.sign_in_again or ("the token", "")
    said = error.detail.replace(_ADVICE, "").strip()
    details = [each for each in (said, way) if each]
    return CommandError(f"The gateway refused {whose}.{reference}", ExitCode.NOT_SIGNED_IN, details)


def _fields(error: ApiError, session: Session) -> list[str]:
    """A line for each field that can't be taken, by the option that set it, unless it is said already."""
    lines = []
    for each in error.fields:
        if each.message == error.detail:
            continue
        name, dot, rest = each.field.partition(".")
        shown = session.option_of_field.get(name, name)
        lines.append(f"  {shown}{dot}{rest}: {each.message}")
    return lines


def _speak_any_encoding() -> None:
    """What a terminal's encoding doesn't have is escaped; it ends no command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _let_go_of_stdout() -> None:
    """What can't be written, and was complained of, goes nowhere when Python flushes it at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
