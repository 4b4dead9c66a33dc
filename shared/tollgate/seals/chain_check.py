"""Whether seals are a chain: each of the day after the last, and holding its head."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tollgate.lean_dataclass import dataclass
from tollgate.seals import leaf_lists
from tollgate.seals.day_seals import NO_SEAL, Seal, SealError, Section
from tollgate.seals.sealing_times import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date


class ChainProblem(NamedTuple):
    """What is wrong with the seal of a day."""

    day: date
    problem: str


@dataclass(frozen=True, slots=True)
class StoredSeal:
    """A seal as it is kept: of the `day` by its place, its text, and what it stands for of leaf lists."""

    day: date
    text: str
    lists: Mapping[Section, bytes]

    @property
    def seal(self) -> Seal:
        """Raises `SealError`."""
        return Seal.parse(self.text)


@dataclass(frozen=True, slots=True)
class CheckedChain:
    """`head` is that of the last seal, None if there is none or it can't be read."""

    first: date | None
    last: date | None
    head: str | None
    heads: Mapping[date, str]
    problems: tuple[ChainProblem, ...]


def check(chain: Iterable[StoredSeal]) -> CheckedChain:
    """Of seals in the order of their days."""
    heads: dict[date, str] = {}
    problems: list[ChainProblem] = []
    before: StoredSeal | None = None
    for stored in chain:
        problems += [ChainProblem(stored.day, each) for each in _problems(stored, before, heads)]
        before = stored
    days = sorted(heads)
    head = heads.get(before.day) if before else None
    return CheckedChain(
        days[0] if days else None, before.day if before else None, head, heads, tuple(problems)
    )


def _problems(stored: StoredSeal, before: StoredSeal | None, heads: dict[date, str]) -> Iterable[str]:
    try:
        seal = stored.seal
    except SealError as error:
        yield f"its seal is none. {error}"
        return
    heads[stored.day] = seal.head
    if seal.day != stored.day:
        yield f"its seal is that of {seal.day}"
    if before is not None and stored.day != before.day + DAY:
        yield f"the seals between {before.day} and {stored.day} are missing"
    elif before is not None and before.day in heads and seal.previous != heads[before.day]:
        yield f"its seal doesn't follow from that of {before.day}: one of the two was changed"
    elif before is None and seal.previous != NO_SEAL:
        yield "seals before it are missing"
    for section in altered_sections(stored):
        yield f"what is kept with it of the leaf lists of {section.value} isn't what was sealed"


def altered_sections(stored: StoredSeal) -> list[Section]:
    """Of which trees the leaf lists' summaries, kept beside the seal, aren't those that were sealed.

    Raises `SealError`.
    """
    found = []
    for section, part in stored.seal.parts.items():
        summaries = leaf_lists.unpack(stored.lists.get(section, b""))
        if leaf_lists.part_of(summaries, part.size) != part:
            found.append(section)
    return found
