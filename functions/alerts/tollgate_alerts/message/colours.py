"""The colours of a mail, by light and by dark."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Tone(StrEnum):
    """What a message is coloured as: an alert by its level, what is no alert by its own."""

    WARNING = "warning"
    URGENT = "urgent"
    LIMIT = "limit"
    RECOVERED = "recovered"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Palette:
    """`tones` fill the label and the bar; `on_tone` is what is written on them and on `accent`.

    `track` is the bar's rest.
    """

    page: str
    card: str
    text: str
    muted: str
    line: str
    track: str
    accent: str
    on_tone: str
    tones: Mapping[Tone, str]

    def text_pairs(self) -> Iterator[tuple[str, str]]:
        """Each colour that text has, and the one behind it."""
        yield self.text, self.card
        yield self.muted, self.card
        yield self.muted, self.page
        yield self.on_tone, self.accent
        for tone in self.tones.values():
            yield self.on_tone, tone

    def shape_pairs(self) -> Iterator[tuple[str, str]]:
        """Colours that a shape is told apart by."""
        for tone in self.tones.values():
            yield tone, self.track
            yield tone, self.card


LIGHT = Palette(
    page="#eef1f5",
    card="#ffffff",
    text="#1b2330",
    muted="#525c6e",
    line="#dde2ea",
    track="#d9dfe8",
    accent="#1f4fa3",
    on_tone="#ffffff",
    tones={
        Tone.WARNING: "#8a5a00",
        Tone.URGENT: "#b5400a",
        Tone.LIMIT: "#b3161f",
        Tone.RECOVERED: "#1c6b3c",
        Tone.TEST: "#5b3fa8",
    },
)
DARK = Palette(
    page="#12161d",
    card="#1b212b",
    text="#e8ecf2",
    muted="#a6b0c0",
    line="#323b49",
    track="#3a4454",
    accent="#8db4ff",
    on_tone="#14181f",
    tones={
        Tone.WARNING: "#f2b84b",
        Tone.URGENT: "#ff9a62",
        Tone.LIMIT: "#ff8d8d",
        Tone.RECOVERED: "#6fd397",
        Tone.TEST: "#c0aef5",
    },
)
