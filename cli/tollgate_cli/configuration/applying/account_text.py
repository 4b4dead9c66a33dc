"""An account as people and programs read it, and how the command ends after it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from tollgate_cli.configuration.applying.account import Account, Entry, Outcome
from tollgate_cli.configuration.planning import key_steps
from tollgate_cli.output.failures import ExitCode
from tollgate_client import (
    ApiError,
    Conflict,
    Forbidden,
    NotFound,
    RevisionChanged,
    Unauthorized,
    Unreachable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_AGAIN: Final = "What is done stays. Apply again to go on from here: it plans anew, and does nothing twice."


def lines(account: Account) -> Iterator[str]:
    """A line for each change if something stopped it, else what was done in all."""
    counts = Counter(entry.outcome for entry in account.entries)
    if account.error is not None:
        column = max(len(outcome.value) for outcome in counts) if counts else 0
        for entry in account.entries:
            yield f"{entry.outcome.value:<{column}}  {entry.change.action.value} {entry.change.title}"
    for entry in account.entries:
        if entry.remark:
            yield f"The {entry.change.title} {entry.remark}."
        if entry.lowered:
            lowered = key_steps.lowered_text(entry.lowered)
            how = "may have been" if entry.outcome is Outcome.UNKNOWN else "was"
            yield f"The {entry.change.title} {how} left lowered, which the next apply mends: {lowered}."
    yield ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome if counts[outcome]) + "."


def reason(account: Account) -> Iterator[str]:
    """What stopped it, and what to do."""
    error = account.error
    if error is None:
        return
    entry = _stopped_at(account)
    where = f"{entry.change.title}: " if entry else ""
    yield f"Error: {where}{_said(error)}"
    if isinstance(error, ApiError) and entry is not None:
        for each in error.fields:
            yield f"  {each.field}{_place(entry, each.field)}: {each.message}"
    if any(each.outcome is Outcome.UNKNOWN for each in account.entries):
        yield "Whether that change was made isn't known."
    if account.has_begun:
        yield _AGAIN


def document(account: Account) -> dict[str, Any]:
    error = account.error
    return {
        "changes": [
            {
                "action": entry.change.action.value,
                "kind": entry.change.kind.value,
                "name": entry.change.name,
                "outcome": entry.outcome.value,
                "lowered": entry.lowered,
            }
            for entry in account.entries
        ],
        "error": None if error is None else _said(error),
        "secretsNotKept": list(account.lost_secrets),
    }


def exit_code(account: Account) -> ExitCode:
    """7 if it stopped half-way; before anything was changed, what the error has anywhere else."""
    error = account.error
    if error is None:
        return ExitCode.DONE
    if isinstance(error, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    done = {Outcome.DONE, Outcome.PARTLY_DONE}
    if any(entry.outcome in done for entry in account.entries):
        return ExitCode.STOPPED_HALF_WAY
    return _code(error)


def _code(error: BaseException) -> ExitCode:
    if isinstance(error, Unreachable) or (isinstance(error, ApiError) and error.status >= 500):
        return ExitCode.UNREACHABLE
    if isinstance(error, Unauthorized | Forbidden):
        return ExitCode.NOT_SIGNED_IN
    if isinstance(error, Conflict | RevisionChanged | NotFound):
        return ExitCode.CONFLICT
    return ExitCode.FAILED


def _said(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted."
    if isinstance(error, LookupError | TypeError | ValueError | AttributeError | OSError):
        return f"An unexpected fault: {type(error).__name__}: {error}. Is this Tollgate's URL?"
    if not isinstance(error, ApiError):
        return str(error)
    reference = f" (request {error.request_id})" if error.request_id else ""
    if isinstance(error, RevisionChanged):
        return (
            f"somebody has changed it since the plan was made. Nothing of theirs was overwritten.{reference}"
        )
    return f"{error.detail}{reference}"


def _stopped_at(account: Account) -> Entry | None:
    return next((each for each in account.entries if each.stopped), None)


def _place(entry: Entry, field: str) -> str:
    """Where in the files a field is that the API doesn't take."""
    if entry.change.declared is None:
        return ""
    steps = [int(step) if step.isdigit() else step for step in field.split(".")]
    names = {"providerId": "provider", "parentId": "parent"}
    return f" ({entry.change.declared.places.of(*(names.get(str(step), step) for step in steps))})"


def lost(account: Account) -> str:
    """Which new keys nobody has the secret of."""
    names = account.lost_secrets
    keys = "1 key's secret was" if len(names) == 1 else f"{len(names)} keys' secrets were"
    return f'{keys} kept nowhere: {", ".join(names)}. Issue it by "tollgate keys rotate ext:{names[0]}".'
