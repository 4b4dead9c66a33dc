"""A message as plain text."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tollgate_alerts.message.content import MessageContent

_WIDTH = 76


def text(content: MessageContent) -> str:
    parts = [
        _filled(f"{content.label}: {content.title}"),
        _filled(" ".join(content.summary)),
        _table(content.facts),
        _section("Top models of the last 24 hours", _table(content.top_models)) if content.top_models else "",
        _section("What happens next", _paragraphs(content.consequences)),
        _section("What you can do", _paragraphs(content.advice)),
        f"Console: {content.console_url}" if content.console_url else "",
        _filled(content.audience),
        _table(content.references),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(title: str, body: str) -> str:
    return f"{title}\n{'-' * len(title)}\n{body}"


def _paragraphs(sentences: Iterable[str]) -> str:
    return "\n".join(_filled(each) for each in sentences)


def _table(rows: Sequence[tuple[str, str]]) -> str:
    width = max(len(name) for name, _ in rows) + 2
    return "\n".join(f"{f'{name}:':{width}}{value}" for name, value in rows)


def _filled(sentence: str) -> str:
    # What is to be copied, as ids and addresses, stays in one piece.
    return textwrap.fill(sentence, _WIDTH, break_long_words=False, break_on_hyphens=False)
