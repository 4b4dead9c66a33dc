"""The message of an alert for the admins' topic.

It is a custom notification of Amazon Q Developer in chat applications, so that a chat channel can subscribe
to the topic as it is. That schema holds strings only and has one place for what programs read:
`metadata.additionalContext`. What is not known, or does not apply, is left out of it.
https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tollgate import money
from tollgate.clock import rfc3339
from tollgate.lean_dataclass import dataclass
from tollgate_alerts.message import content, safe_names
from tollgate_alerts.message.colours import Tone
from tollgate_alerts.message.figures import MAX_MODELS, days_left, remaining_of, used_percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.alerts.alerts import IncreaseNote, Notice, Spending
    from tollgate_alerts.message.content import MessageContent

_MAX_SUBJECT = 99
_MAX_NAME = 256
# What stands for the key's name until it is escaped: no name has a control character.
_NAME = "\x00"
# Within links and addresses.
_LINKING = ".:/@"
_EVENT_TYPE = "TollgateBudgetAlert"
_SIGNS = {Tone.WARNING: "⚠️", Tone.URGENT: "🟠", Tone.LIMIT: "🛑", Tone.RECOVERED: "✅", Tone.TEST: "🧪"}
# A name must not call on a channel, forge a link or format what comes after it.
_INERT = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        "@": "\N{FULLWIDTH COMMERCIAL AT}",
        "*": "\N{ASTERISK OPERATOR}",
        "~": "\N{TILDE OPERATOR}",
        "`": "'",
        "[": "(",
        "]": ")",
    }
)


@dataclass(frozen=True, slots=True)
class TopicMessage:
    """`subject` is ASCII, one line, under 100 characters: SNS takes no other.

    `message` is JSON. `attributes` are as SNS takes them, for filter policies: `kind`, `level`, `key_id`,
    `scope`, `window`, and `threshold`, a number, where there is one. As in refusals, the scope is the id of
    the key whose budget it is, and the window says which of its budgets: `total`, or the quota's period.
    """

    subject: str
    message: str
    attributes: Mapping[str, Mapping[str, str]]


def topic_message(notice: Notice) -> TopicMessage:
    document = json.dumps(_document(notice), ensure_ascii=False, indent=2)
    document = document.replace(json.dumps(_NAME), _escaped(notice.alert.key_name[:_MAX_NAME]))
    return TopicMessage(_subject(notice), document.encode("utf-8", "replace").decode(), _attributes(notice))


def _subject(notice: Notice) -> str:
    room = _MAX_SUBJECT - len(content.subject(notice, ""))
    name = safe_names.ascii_only(content.name_in_subject(notice, _MAX_SUBJECT)) or notice.alert.key_id
    short = name[: max(room, 0)].rstrip()
    return content.subject(notice, short)[:_MAX_SUBJECT].rstrip()


def _document(notice: Notice) -> dict[str, Any]:
    alert, written = notice.alert, content.message_content(notice)
    return {
        "version": "1.0",
        "source": "custom",
        "id": alert.id,
        "content": {
            "textType": "client-markdown",
            "title": _inert(f"{_SIGNS[written.tone]} Tollgate, {written.label}: {written.title}"),
            "description": _inert(_description(written)),
            "nextSteps": [
                *(_inert(each) for each in (*written.consequences, *written.advice)),
                *([f"Console: {notice.console_url}"] if notice.console_url else []),
            ],
            "keywords": [
                alert.content.kind.value,
                alert.content.level.value,
                alert.key_id,
                alert.content.window,
            ],
        },
        "metadata": {
            "threadId": f"{alert.key_id}-{alert.content.window}",
            "summary": _inert(written.title),
            "eventType": _EVENT_TYPE,
            "relatedResources": [alert.key_id],
            "additionalContext": _context(notice, written),
        },
    }


def _description(written: MessageContent) -> str:
    models = (f"{name}: {cost}" for name, cost in written.top_models)
    return "\n".join(
        [
            " ".join(written.summary),
            *(f"{name}: {value}" for name, value in written.facts),
            *(["Top models of the last 24 hours: " + ", ".join(models)] if written.top_models else []),
        ]
    )


def _context(notice: Notice, written: MessageContent) -> dict[str, str]:
    """Everything for programs. Amounts are exact decimals, USD."""
    alert, alert_content = notice.alert, notice.alert.content
    percent, days = used_percent(alert_content), days_left(notice)
    found = {
        "alertId": alert.id,
        "kind": alert_content.kind.value,
        "level": alert_content.level.value,
        "threshold": None if alert_content.percent is None else str(alert_content.percent),
        "passedThresholds": ",".join(str(each) for each in alert_content.also) or None,
        "keyId": alert.key_id,
        "keyName": _NAME,
        "scope": alert.key_id,
        "window": alert_content.window,
        "enforcement": alert.enforcement.value,
        "limitUsd": money.to_string(alert_content.limit),
        "usedUsd": money.to_string(alert_content.used),
        "remainingUsd": money.to_string(remaining_of(alert_content)),
        "usedPercent": None if percent is None else money.to_string(percent),
        "resetsAt": None if alert_content.resets_at is None else rfc3339(alert_content.resets_at),
        "exhaustedAt": None if alert_content.exhausted_at is None else rfc3339(alert_content.exhausted_at),
        "createdAt": rfc3339(alert.created_at),
        **_increase(alert_content.increase),
        **_spent(notice.spending),
        "daysLeft": None if days is None else money.to_string(days),
        "message": f"{written.title}. {' '.join(written.summary)}",
        **written.context,
        "stage": notice.stage,
        "consoleUrl": notice.console_url,
    }
    return {name: value for name, value in found.items() if value is not None}


def _increase(note: IncreaseNote | None) -> dict[str, str | None]:
    """What was typed with it is left out here: programs find it by the request's id."""
    if note is None:
        return {}
    return {
        "budgetRequestId": note.request_id,
        "wantedUsd": money.to_string(note.wanted),
        "approvedUsd": None if note.limit is None else money.to_string(note.limit),
        "until": None if note.until is None else rfc3339(note.until),
    }


def _spent(spending: Spending | None) -> dict[str, str]:
    if spending is None:
        return {}
    models = [
        {"model": name, "costUsd": money.to_string(cost)} for name, cost in spending.top_models[:MAX_MODELS]
    ]
    found = {"spentLast24hUsd": money.to_string(spending.last_day), "topModels": json.dumps(models)}
    if spending.burst is not None:
        found["spentLatelyUsd"] = money.to_string(spending.burst.amount)
        found["spentLatelySeconds"] = str(int(spending.burst.span.total_seconds()))
    return found


def _attributes(notice: Notice) -> dict[str, dict[str, str]]:
    alert, alert_content = notice.alert, notice.alert.content
    found = {
        "kind": alert_content.kind.value,
        "level": alert_content.level.value,
        "key_id": alert.key_id,
        "scope": alert.key_id,
        "window": alert_content.window,
    }
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in found.items()}
    if alert_content.percent is not None:
        attributes["threshold"] = {"DataType": "Number", "StringValue": str(alert_content.percent)}
    return attributes


def _escaped(name: str) -> str:
    """A name as JSON that programs read exactly, and a mail to a subscriber shows as nothing but a name.

    It may hold half of a character, which is no text that could be sent.
    """
    text = json.dumps(name.encode("utf-8", "replace").decode())
    return "".join(f"\\u{ord(each):04x}" if each in _LINKING else each for each in text)


def _inert(text: str) -> str:
    return text.translate(_INERT)
