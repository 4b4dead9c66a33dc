"""A letter as plain text."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tollgate_alerts.message.content import Letter

_WIDTH = 76


def text(letter: Letter) -> str:
    parts = [
        _filled(f"{letter.label}: {letter.title}"),
        _filled(" ".join(letter.summary)),
        _table(letter.facts),
        _section("Top models of the last 24 hours", _table(letter.top_models)) if letter.top_models else "",
        _section("What happens next", _paragraphs(letter.consequences)),
        _section("What you can do", _paragraphs(letter.advice)),
        f"Console: {letter.console_url}" if letter.console_url else "",
        _filled(letter.audience),
        _table(letter.references),
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
