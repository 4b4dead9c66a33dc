"""A run of a program: its key, its environment, its end, and what it has spent."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tollgate_cli.output.moments import moment
from tollgate_cli.programs import run_report, run_spending
from tollgate_cli.programs.gateway_variables import Access, arguments_for, variables_for
from tollgate_cli.programs.program_process import Signals, found_program
from tollgate_cli.programs.run_keys import told
from tollgate_client import TollgateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tollgate_cli.output.printer import Output
    from tollgate_cli.programs.client_programs import ClientProgram
    from tollgate_cli.programs.run_keys import RunKey
    from tollgate_cli.programs.run_spending import Account, Standing

# Sums follow the calls within a minute, and mostly in seconds. Somebody waits for the prompt.
PATIENCE_SECONDS: Final = 20


@dataclass(frozen=True, slots=True)
class Program:
    """What is to be run, as the user has written it, and which client it is."""

    name: str
    arguments: list[str]
    client: ClientProgram
    model: str | None = None
    small_model: str | None = None
    patience: float = PATIENCE_SECONDS
    """Seconds for which the costs of its last calls are waited for."""


@dataclass(frozen=True, repr=False)
class UsedKey:
    """The key that a run uses: one `made` for it, or one that others may use meanwhile."""

    secret: str
    account: Account
    before: Standing
    made: RunKey | None = None


def run(
    program: Program, url: str, open_key: Callable[[str], UsedKey], output: Output, *, verbose: bool
) -> int:
    """Runs a program with the key that `open_key` answers for the run's first day; answers its exit code.

    A key that was made for the run is refused afterwards, whatever ended it. Raises what `open_key` does, and
    `NotStartedError`.
    """
    # Nothing is made for a program that isn't there.
    path = found_program(program.name, os.environ)
    first_day = run_spending.first_day_of_a_run()
    with Signals() as signals:
        key = open_key(first_day)
        with _tidied_at_last(key.made, output):
            with _revoked_at_last(key.made, output):
                access = Access(url, key.secret, program.model, program.small_model)
                variables = variables_for(program.client, access, os.environ)
                if verbose:
                    run_report.tell_variables(output, program.client, variables, os.environ)
                command = [program.name, *arguments_for(program.client, access, program.arguments)]
                code = signals.run(path, command, variables.applied_to(os.environ))
            _account_for(key, first_day, output, signals.pause, program.patience)
    return code


@contextmanager
def _revoked_at_last(made: RunKey | None, output: Output) -> Iterator[None]:
    """Whatever happens meanwhile, the key is refused after it."""
    try:
        yield
    finally:
        if made is not None:
            try:
                made.revoke()
            except TollgateError as error:
                output.complaint(f"The key {made.id} couldn't be revoked: {told(error)}")
                output.complaint(f"It expires at {moment(made.expires_at)}. To revoke it now:")
                output.complaint(f"  {made.revoking_command}")


@contextmanager
def _tidied_at_last(made: RunKey | None, output: Output) -> Iterator[None]:
    """Whatever happens meanwhile, what a revoked key leaves is put in order after it."""
    try:
        yield
    finally:
        if made is not None:
            try:
                outcome = made.tidy()
            except TollgateError as error:
                output.note(f"What became of the key {made.id} couldn't be read: {told(error)}")
            else:
                if outcome is not None:
                    output.note(f"The key {made.id} was {outcome}.")


def _account_for(
    key: UsedKey, first_day: str, output: Output, pause: Callable[[float], bool], patience: float
) -> None:
    try:
        since, is_whole = run_spending.spent(key.account, first_day, key.before, pause, patience)
    except TollgateError as error:
        output.note(f"What was spent couldn't be read: {told(error)}")
        return
    is_alone = key.made is not None
    run_report.tell_spending(output, key.account.key_id, since, is_whole=is_whole, is_alone=is_alone)
