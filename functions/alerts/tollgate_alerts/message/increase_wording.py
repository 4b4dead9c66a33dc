"""The sentences of a request for a higher limit, and of what became of it.

What a holder has typed is never a sentence of ours: it stands in quotes, as a fact of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.alerts.alerts import AlertKind
from tollgate.ledger.thresholds import Recipient
from tollgate_alerts.message import safe_names, wording
from tollgate_alerts.message.figures import dollars

if TYPE_CHECKING:
    from tollgate.alerts.alerts import Alert, AlertContent, IncreaseNote
    from tollgate_alerts.message.figures import BudgetFigures

# As many characters as a reason may have.
_REASON = 500
_ADDRESS = 254
_ASK = "POST /v1/budget-requests"
_LABELS = {
    AlertKind.INCREASE_ASKED: "Request",
    AlertKind.INCREASE_APPROVED: "Approved",
    AlertKind.INCREASE_DENIED: "Denied",
    AlertKind.INCREASE_ENDING: "Ends soon",
    AlertKind.INCREASE_ENDED: "Ended",
}


def label(content: AlertContent) -> str:
    return _LABELS[content.kind]


def subject(content: AlertContent, _figures: BudgetFigures, name: str) -> str:
    return f"[Tollgate] {label(content)}: {headline(content, name)}"


def headline(content: AlertContent, name: str) -> str:
    """What happened, in as few words as a subject has room for."""
    note, budget = _note(content), wording.budget_of(content)
    match content.kind:
        case AlertKind.INCREASE_ASKED:
            return f"{name} asks for {dollars(note.wanted)} instead of {dollars(content.limit)}"
        case AlertKind.INCREASE_APPROVED:
            return f"{name} has a higher {budget}: {dollars(note.limit or money.ZERO)}"
        case AlertKind.INCREASE_DENIED:
            return f"{name} gets no higher {budget}"
        case AlertKind.INCREASE_ENDING:
            return f"The temporary limit of {name} ends soon"
    return f"The temporary limit of {name} has ended"


def summary(content: AlertContent, figures: BudgetFigures, name: str) -> list[str]:
    note, budget = _note(content), wording.budget_of(content)
    wanted = dollars(note.wanted)
    found = []
    match content.kind:
        case AlertKind.INCREASE_ASKED:
            found.append(f"The holder of {name} asks for a limit of {wanted} for its {budget}{_until(note)}.")
        case AlertKind.INCREASE_APPROVED:
            approved = dollars(note.limit or money.ZERO)
            found.append(f"A limit of {wanted} was asked for, and {note.by} has approved {approved}.")
        case AlertKind.INCREASE_DENIED:
            found.append(f"A limit of {wanted} was asked for its {budget}, and {note.by} has denied it.")
        case AlertKind.INCREASE_ENDING:
            found.append(f"The {budget} has a limit of {dollars(note.limit or money.ZERO)}{_until(note)}.")
        case _:
            found.append(f"The limit of {dollars(note.limit or money.ZERO)} that was approved is over.")
    if figures.percent is not None:
        found.append(f"{figures.used} of {figures.limit} are used.")
    return found


def facts(content: AlertContent) -> list[tuple[str, str]]:
    """What stands beside the figures."""
    note = _note(content)
    found = [("Wanted limit", dollars(note.wanted))]
    if note.limit is not None:
        found.append(("Approved limit", dollars(note.limit)))
    if note.until is not None:
        found.append(("Until", wording.moment(note.until)))
    if note.reason:
        found.append(("Reason", _typed(note.reason)))
    if note.note:
        found.append(("Answer", _typed(note.note)))
    if note.answer_by is not None:
        found.append(("Expires", wording.moment(note.answer_by)))
    return [*found, ("Request id", note.request_id)]


def consequences(alert: Alert) -> list[str]:
    content = alert.content
    note = _note(content)
    match content.kind:
        case AlertKind.INCREASE_ASKED:
            ending = f" on {wording.moment(note.answer_by)}" if note.answer_by else ""
            return [f"The limit stays as it is until somebody answers. The request expires{ending}."]
        case AlertKind.INCREASE_APPROVED if note.until is not None:
            return ["It is in force now.", f"On {wording.moment(note.until)} it falls back by itself."]
        case AlertKind.INCREASE_APPROVED:
            return ["It is in force now, until somebody changes it."]
        case AlertKind.INCREASE_DENIED:
            return ["The limit stays as it is."]
        case AlertKind.INCREASE_ENDING:
            return ["What is used by then stays used, so the budget may be over its limit at once."]
    return ["What was used stays used, so new requests may be refused now."]


def advice(alert: Alert, *, has_console: bool) -> list[str]:
    content = alert.content
    request = f"budget-requests/{_note(content).request_id}"
    match content.kind:
        case AlertKind.INCREASE_ASKED:
            way = "in the console or with" if has_console else "with"
            return [
                f"As the holder of a key above it: POST /v1/{request}/approve or /deny, with your key.",
                f"As an admin: answer {way} POST /api/admin/{request}/approve or /deny.",
            ]
        case AlertKind.INCREASE_APPROVED:
            return ["Nothing needs to be done."]
        case AlertKind.INCREASE_DENIED:
            return [f"A day after the answer, the key's holder can ask again with {_ASK}."]
    return [f"If it is needed for longer, the key's holder can ask again with {_ASK}."]


def audience(alert: Alert, name: str) -> str:
    if alert.content.kind is AlertKind.INCREASE_ASKED:
        return f"You receive this as the owner of a key above {name}, or as an admin of Tollgate."
    if alert.owner_email is None:
        return f"You receive this as an admin of Tollgate (the key {name} has no owner), or for having asked."
    owner = safe_names.one_line(alert.owner_email, _ADDRESS)
    asker = ", or for having asked" if set(alert.content.recipients) - set(Recipient) else ""
    return f"You receive this as the owner of the key {name} ({owner}){asker}."


def _note(content: AlertContent) -> IncreaseNote:
    if content.increase is None:
        message = f"an alert of the kind {content.kind} is about no request"
        raise ValueError(message)
    return content.increase


def _until(note: IncreaseNote) -> str:
    return "" if note.until is None else f", until {wording.moment(note.until)}"


def _typed(text: str) -> str:
    line = safe_names.unlinked(safe_names.one_line(text, _REASON))
    return safe_names.isolated(safe_names.quoted(line))
