"""A message's content: what its text and its HTML both say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tollgate.alerts.alerts import AlertKind
from tollgate.lean_dataclass import dataclass
from tollgate_alerts.message import increase_wording, safe_names, wording
from tollgate_alerts.message.colours import Tone
from tollgate_alerts.message.events.event_words import EventWords
from tollgate_alerts.message.events.news_words import news_words
from tollgate_alerts.message.figures import figures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from tollgate.alerts.alerts import Alert, AlertContent, Notice
    from tollgate_alerts.message.figures import BudgetFigures

# As many characters of a name as a key's name may have, and as many as a subject has room for.
_NAME = 128
_NAME_IN_SUBJECT = 60


@dataclass(frozen=True, slots=True)
class MessageContent:
    """`subject` is one line. `preheader` is what mail clients show beside it. `summary` is sentences.

    `used_percent` is None where there is no limit to compare with. `facts`, `top_models` and `references`
    are names and values, in order. `context` is what there is for programs besides a budget's figures.
    """

    subject: str
    preheader: str
    label: str
    tone: Tone
    title: str
    summary: tuple[str, ...]
    used_percent: Decimal | None
    facts: tuple[tuple[str, str], ...]
    top_models: tuple[tuple[str, str], ...]
    consequences: tuple[str, ...]
    advice: tuple[str, ...]
    context: Mapping[str, str]
    console_url: str | None
    audience: str
    references: tuple[tuple[str, str], ...]


class Wording(Protocol):
    """The sentences of one sort of messages."""

    def label(self, content: AlertContent, /) -> str: ...

    def subject(self, content: AlertContent, figures: BudgetFigures, name: str, /) -> str: ...

    def headline(self, content: AlertContent, name: str, /) -> str: ...

    def summary(self, content: AlertContent, figures: BudgetFigures, name: str, /) -> Sequence[str]: ...

    def consequences(self, alert: Alert, /) -> Sequence[str]: ...

    def advice(self, alert: Alert, /, *, has_console: bool) -> Sequence[str]: ...

    def audience(self, alert: Alert, name: str, /) -> str: ...


def wording_of(content: AlertContent) -> Wording:
    return wording if content.increase is None else increase_wording


def message_content(notice: Notice) -> MessageContent:
    alert, content, shown = notice.alert, notice.alert.content, figures(notice)
    line = safe_names.unlinked(key_name(notice, _NAME))
    name = safe_names.isolated(safe_names.quoted(line) if alert.self_named else line)
    words = news_words(notice, shown, name) or _budget_words(notice, shown, name)
    return MessageContent(
        subject=subject(notice, name_in_subject(notice, _NAME_IN_SUBJECT)),
        preheader=_preheader(content, shown) if content.news is None else " ".join(words.summary),
        label=words.label,
        tone=_tone(content),
        title=words.headline,
        summary=words.summary,
        used_percent=shown.percent,
        facts=words.facts,
        top_models=shown.top_models if words.shows_models else (),
        consequences=words.consequences,
        advice=words.advice,
        context=words.context,
        console_url=notice.console_url,
        audience=wording_of(content).audience(alert, name),
        references=(
            ("Key", line),
            ("Key id", alert.key_id),
            ("Alert id", alert.id),
            ("Time", wording.moment(alert.created_at)),
            ("Stage", notice.stage),
        ),
    )


def subject(notice: Notice, name: str) -> str:
    """One line, with the key called `name`."""
    shown = figures(notice)
    words = news_words(notice, shown, name)
    if words is None:
        content = notice.alert.content
        return wording_of(content).subject(content, shown, name)
    return f"[Tollgate] {words.label}: {words.headline}"


def _budget_words(notice: Notice, shown: BudgetFigures, name: str) -> EventWords:
    alert, content = notice.alert, notice.alert.content
    said = wording_of(content)
    return EventWords(
        label=said.label(content),
        headline=said.headline(content, name),
        summary=tuple(said.summary(content, shown, name)),
        facts=facts(notice, shown),
        consequences=tuple(said.consequences(alert)),
        advice=tuple(said.advice(alert, has_console=notice.console_url is not None)),
        shows_models=True,
    )


def key_name(notice: Notice, limit: int) -> str:
    """The key's name in one line, its id if nothing of the name can be shown."""
    return safe_names.one_line(notice.alert.key_name, limit) or notice.alert.key_id


def name_in_subject(notice: Notice, limit: int) -> str:
    """The key's name if an admin gave it, else its id: a subject is read as the gateway's own words."""
    return notice.alert.key_id if notice.alert.self_named else key_name(notice, limit)


def facts(notice: Notice, shown: BudgetFigures) -> tuple[tuple[str, str], ...]:
    content = notice.alert.content
    spent = wording.spent(notice.spending, shown)
    if shown.percent is None and content.kind is AlertKind.TEST:
        return (("Limit", "None"), *spent)
    asked = increase_wording.facts(content) if content.increase else []
    return (
        *asked,
        ("Used", wording.used(shown)),
        ("Limit", shown.limit),
        ("Remaining", wording.remaining(shown)),
        ("Window", wording.lasting(content)),
        *spent,
        ("At this rate", wording.lead(notice)),
    )


def _preheader(content: AlertContent, shown: BudgetFigures) -> str:
    if shown.percent is None:
        return f"{wording.lasting(content)}."
    rest = f"{shown.remaining} left" if shown.beyond is None else f"{shown.beyond} over the limit"
    return f"{shown.used} of {shown.limit} used, {rest}. {wording.lasting(content)}."


def _tone(content: AlertContent) -> Tone:
    match content.kind:
        case AlertKind.TEST:
            return Tone.TEST
        case AlertKind.RECOVERY | AlertKind.INCREASE_APPROVED:
            return Tone.RECOVERED
    return Tone(content.level.value)
