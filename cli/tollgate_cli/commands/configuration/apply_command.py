"""`tollgate apply`."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tollgate_cli.arguments.declared import command, group
from tollgate_cli.commands.configuration.planned_changes import (
    Adopt,
    Files,
    Prune,
    compared,
    planned,
    show,
)
from tollgate_cli.configuration import gateway_reading
from tollgate_cli.configuration.applying import account_text, steps
from tollgate_cli.configuration.applying.account import Account
from tollgate_cli.configuration.applying.carrying_out import CarryingOut
from tollgate_cli.configuration.applying.key_file import KeyFile, KeyFileError
from tollgate_cli.configuration.applying.requests import Requests
from tollgate_cli.configuration.planning import plan_text
from tollgate_cli.configuration.planning.plan import Action
from tollgate_cli.configuration.secret_sources import SecretSources
from tollgate_cli.output.counted import counted
from tollgate_cli.output.failures import CommandError, ReaderLeftError, UsageError
from tollgate_cli.output.printer import Column, Format
from tollgate_cli.output.shown_text import escaped
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from tollgate_cli.configuration.gateway_plans import Comparison
    from tollgate_cli.configuration.planning.plan import Change, Plan

app = group()


@command(
    app,
    "apply",
    examples=[
        "tollgate apply -f tollgate.yaml",
        "tollgate apply -f config/ --prune --yes --key-file new-keys.jsonl",
    ],
)
def apply(
    *,
    file: Files = None,
    prune: Prune = False,
    adopt: Adopt = False,
    key_file: Annotated[
        Path | None,
        typer.Option("--key-file", metavar="PATH", help="Write the secrets of new keys here, a line each."),
    ] = None,
    allow_empty: Annotated[
        bool,
        typer.Option("--allow-empty", help="With --prune --yes: also if the files have nothing in them."),
    ] = False,
) -> int:
    """Make the gateway have what the files say, after showing what that changes."""
    with ExitStack() as stack:
        secrets = _opened(stack, key_file)
        comparison = compared(file, strict=True)
        plan = planned(comparison, adopt=adopt, prune=prune)
        output = session().output
        if output.format is Format.TABLE:
            _show_before(plan)
        _say_unfinished(secrets, comparison)
        if plan.changes:
            plan = _agreed(plan, comparison, prune=prune, allow_empty=allow_empty)
        account = _carried_out(plan, comparison, secrets)
    # What was done decides how it ends, whoever reads of it.
    with suppress(ReaderLeftError, CommandError):
        _tell(account)
    _tell_faults(account)
    if secrets is not None and secrets.added:
        output.note(f"{secrets.path} has {counted(secrets.added, 'new secret')}.")
    return account_text.exit_code(account)


def _show_before(plan: Plan) -> None:
    """Raises `CommandError` if nobody sees it: nothing has been applied then."""
    try:
        show(plan)
        session().output.flush()
    except ReaderLeftError as error:
        raise CommandError("Nothing was applied, for nobody reads what that would change.") from error


def _agreed(plan: Plan, comparison: Comparison, *, prune: bool, allow_empty: bool) -> Plan:
    """The plan that --yes or the person at the terminal agrees to, with labels where that was asked."""
    output, label = session().output, plan.label
    if plan.contested:
        if output.assume_yes:
            things = plan_text.shortened(plan.contested)
            raise UsageError(f"These carry no label: {things}. Add --adopt to take them over.")
        output.confirm(
            f"These carry no label: {plan_text.shortened(plan.contested)}. Take them over?", ["adopt"]
        )
        plan = planned(comparison, adopt=True, prune=prune)
    if prune and not comparison.configuration.things and output.assume_yes and not allow_empty:
        raise UsageError(
            "The files have nothing in them, and --prune would take away all: add --allow-empty."
        )
    ends = plan.counts[Action.DELETE] + plan.counts[Action.REVOKE]
    if ends:
        output.confirm(f"{counted(ends, 'thing')} would be deleted or revoked.", [label])
    else:
        output.confirm(f"Apply this to {session().target.url}?", ["yes"])
    return plan


def _opened(stack: ExitStack, path: Path | None) -> KeyFile | None:
    if path is None:
        return None
    try:
        return stack.enter_context(KeyFile(path))
    except KeyFileError as error:
        raise UsageError(str(error)) from None


def _say_unfinished(secrets: KeyFile | None, comparison: Comparison) -> None:
    """Keys that an apply before has created, and that ended before it could write their secrets."""
    for name in secrets.unfinished if secrets else ():
        if name in comparison.gateway.keys:
            told = f"An apply ended before it had the secret of the key {name}"
            session().output.complaint(f'{told}: issue it by "tollgate keys rotate ext:{name}".')


def _carried_out(plan: Plan, comparison: Comparison, secrets: KeyFile | None) -> Account:
    sources = SecretSources()
    output = session().output
    begun = iter(range(1, len(plan.changes) + 1))

    def progress(change: Change) -> None:
        output.note(f"[{next(begun)}/{len(plan.changes)}] {plan_text.headline(change, plan.label)}")

    requests = Requests(
        session().admin,
        comparison.gateway,
        sources,
        lambda declared: gateway_reading.is_to_come(declared, comparison.at),
    )
    run = CarryingOut(requests, sources, secrets, Account.of(plan), progress)
    return run.run(steps.ordered(plan))


def _tell(account: Account) -> None:
    output = session().output
    if output.format is Format.JSON:
        output.item(account_text.document(account), [])
    elif output.format is Format.CSV:
        rows = account_text.document(account)["changes"]
        output.rows(rows, [Column(name, name) for name in ("action", "kind", "name", "outcome")], empty="")
    elif account.entries:
        for line in account_text.lines(account):
            output.line(line)
    output.flush()


def _tell_faults(account: Account) -> None:
    output = session().output
    for line in account_text.reason(account):
        output.complaint(escaped(line))
    if account.lost_secrets:
        output.complaint(account_text.lost(account))
