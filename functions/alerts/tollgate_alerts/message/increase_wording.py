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
            wanted, present = dollars(note.wanted), dollars(content.limit)
            return f"{name} asks for a higher {budget}: {wanted} instead of {present}"
        case AlertKind.INCREASE_APPROVED:
            until = "" if note.until is None else f" until {wording.day(note.until)}"
            return f"{name} has a higher {budget}{until}: {_granted(note)}"
        case AlertKind.INCREASE_DENIED:
            return f"{name} gets no higher {budget}"
        case AlertKind.INCREASE_ENDING:
            when = "soon" if note.until is None else f"on {wording.day(note.until)}"
            return f"The temporary {budget} of {name} ends {when}"
    return f"The temporary {budget} of {name} has ended: it is {dollars(content.limit)} now"


def summary(content: AlertContent, figures: BudgetFigures, name: str) -> list[str]:
    note, budget = _note(content), wording.budget_of(content)
    wanted = dollars(note.wanted)
    found = []
    match content.kind:
        case AlertKind.INCREASE_ASKED:
            found.append(f"The holder of {name} asks for a limit of {wanted} for its {budget}{_until(note)}.")
        case AlertKind.INCREASE_APPROVED:
            approved = f"{_granted(note)}{_until(note)}"
            found.append(f"A limit of {wanted} was asked for, and {note.by} has approved {approved}.")
        case AlertKind.INCREASE_DENIED:
            found.append(f"A limit of {wanted} was asked for its {budget}, and {note.by} has denied it.")
        case AlertKind.INCREASE_ENDING:
            found.append(f"The limit of {_granted(note)} that was approved holds{_until(note, comma='')}.")
        case _:
            found.append(f"The limit of {_granted(note)} that was approved has ended.")
    return [*found, *wording.used_of_limit(figures)]


def facts(content: AlertContent) -> list[tuple[str, str]]:
    """What stands beside the figures."""
    note = _note(content)
    found = [("Wanted limit", dollars(note.wanted))]
    if note.limit is not None:
        found.append(("Approved limit", dollars(note.limit)))
    if note.until is not None:
        name = "Wanted until" if note.limit is None else "Approved until"
        found.append((name, wording.moment(note.until)))
    if note.base is not None:
        found.append(("Falls back to", dollars(note.base)))
    if note.reason:
        found.append(("Reason", _typed(note.reason)))
    if note.note:
        found.append(("Answer", _typed(note.note)))
    if note.answer_by is not None:
        found.append(("Request expires", wording.moment(note.answer_by)))
    return [*found, ("Request id", note.request_id)]


def consequences(alert: Alert) -> list[str]:
    content = alert.content
    note = _note(content)
    match content.kind:
        case AlertKind.INCREASE_ASKED:
            ending = f" on {wording.moment(note.answer_by)}" if note.answer_by else ""
            return [
                "The limit stays as it is until somebody approves the request.",
                f"If nobody answers, the request expires{ending}.",
            ]
        case AlertKind.INCREASE_APPROVED if note.until is not None:
            return ["The new limit is in force now.", _falling_back(note)]
        case AlertKind.INCREASE_APPROVED:
            return ["The new limit is in force now, until somebody changes it."]
        case AlertKind.INCREASE_DENIED:
            return ["The limit stays as it is."]
        case AlertKind.INCREASE_ENDING:
            return [_falling_back(note), _used_by_then(content, note)]
    return wording.consequences(alert)


def _falling_back(note: IncreaseNote) -> str:
    to = "" if note.base is None else f" to {dollars(note.base)}"
    when = "Then" if note.until is None else f"On {wording.moment(note.until)}"
    return f"{when} the limit falls back{to} by itself."


def _used_by_then(content: AlertContent, note: IncreaseNote) -> str:
    if note.base is None or content.beyond is not None:
        return "What is used by then stays used."
    resets_before = content.resets_at and note.until and content.resets_at <= note.until
    if resets_before or content.used < note.base:
        return (
            f"What is used by then stays used: if that is {dollars(note.base)} or more, new requests are "
            "refused from then on."
        )
    return f"As much is used already: from then on, new requests are refused with {wording.codes(content)}."


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
            return [f"A day after the answer, the key's holder can ask again with {wording.ASK}."]
    field = wording.limit_field(content)
    return [
        f"As the key's owner: if it is needed for longer, ask again with {wording.ASK}.",
        f"As an admin: set a lasting limit with PUT /api/admin/apiKey/{alert.key_id}/budget ({field}).",
    ]


def audience(alert: Alert, name: str) -> str:
    if alert.content.kind is AlertKind.INCREASE_ASKED:
        return f"You receive this as the owner of a key above {name}, or as an admin of Tollgate."
    if alert.owner_email is None:
        ownerless = f"as an admin of Tollgate (the key {name} has no owner)"
        return f"You receive this {ownerless}, or because you asked for it."
    owner = safe_names.one_line(alert.owner_email, _ADDRESS)
    asker = ", or because you asked for it" if set(alert.content.recipients) - set(Recipient) else ""
    return f"You receive this as the owner of the key {name} ({owner}){asker}."


def _note(content: AlertContent) -> IncreaseNote:
    if content.increase is None:
        message = f"an alert of the kind {content.kind} is about no request"
        raise ValueError(message)
    return content.increase


def _granted(note: IncreaseNote) -> str:
    return dollars(note.limit or money.ZERO)


def _until(note: IncreaseNote, comma: str = ",") -> str:
    return "" if note.until is None else f"{comma} until {wording.moment(note.until)}"


def _typed(text: str) -> str:
    line = safe_names.unlinked(safe_names.one_line(text, _REASON))
    return safe_names.isolated(safe_names.quoted(line))
