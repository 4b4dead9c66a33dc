"""The mail of an alert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass
from tollgate_alerts.message import mail_html, mail_text
from tollgate_alerts.message.content import message_content

if TYPE_CHECKING:
    from tollgate.alerts.alerts import Notice


@dataclass(frozen=True, slots=True)
class Mail:
    """`subject` is one line of bounded length. `text` and `html` say the same."""

    subject: str
    text: str
    html: str


def mail(notice: Notice) -> Mail:
    written = message_content(notice)
    return Mail(written.subject, mail_text.text(written), mail_html.html(written))
