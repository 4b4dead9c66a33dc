"""The mails that the local stack has sent, as pages: all of them, and each as its reader sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PATH = "/_mail"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 1rem auto; max-width: 60rem; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border-bottom: 1px solid #8884; padding: .4rem .6rem .4rem 0; text-align: left; }}
th, td {{ vertical-align: top; }}
iframe {{ border: 1px solid #8884; height: 75vh; width: 100%; }}
pre {{ white-space: pre-wrap; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


@dataclass(frozen=True)
class Message:
    id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    at: datetime

    @classmethod
    def of(cls, sent: Mapping[str, Any]) -> Self:
        """A message as the emulator keeps it."""
        return cls(
            id=sent["MessageId"].partition("@")[0],
            sender=sent["Source"],
            recipients=tuple(sent["To"]),
            subject=sent["Subject"],
            text=sent["BodyText"] or "",
            html=sent["BodyHtml"] or "",
            at=datetime.fromtimestamp(sent["Timestamp"], UTC),
        )


def messages(inspected: Mapping[str, Any]) -> list[Message]:
    """What the emulator's inspection of SES shows, by account; the newest first."""
    found = [Message.of(sent) for account in inspected["messages"].values() for sent in account]
    return sorted(found, key=lambda message: message.at, reverse=True)


def listing(found: Sequence[Message]) -> str:
    rows = "".join(
        f"<tr><td>{_time(each)}</td><td>{_addresses(each.recipients)}</td>"
        f'<td><a href="{PATH}/{escape(each.id)}">{escape(each.subject)}</a></td></tr>'
        for each in found
    )
    table = f"<table><tr><th>Sent</th><th>To</th><th>Subject</th></tr>{rows}</table>"
    body = f"<h1>Mail</h1>{table if found else '<p>No mail has been sent yet.</p>'}"
    return _PAGE.format(title="Mail sent by the local stack", body=body)


def page(message: Message) -> str:
    """The message's HTML in a frame where no script runs, and its text."""
    head = "".join(
        f"<tr><th>{name}</th><td>{value}</td></tr>"
        for name, value in (
            ("From", escape(message.sender)),
            ("To", _addresses(message.recipients)),
            ("Sent", _time(message)),
        )
    )
    body = (
        f'<p><a href="{PATH}">All mail</a></p><h1>{escape(message.subject)}</h1><table>{head}</table>'
        f'<p><iframe sandbox title="The message" srcdoc="{escape(message.html)}"></iframe></p>'
        f"<h2>As text</h2><pre>{escape(message.text)}</pre>"
    )
    return _PAGE.format(title=escape(message.subject), body=body)


def _addresses(addresses: Iterable[str]) -> str:
    return escape(", ".join(addresses))


def _time(message: Message) -> str:
    return f"{message.at:%Y-%m-%d %H:%M:%S} UTC"
