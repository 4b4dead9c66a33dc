"""The leaf lists that a seal stands for, wherever seals are kept: in the table, or in the bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tollgate.lean_dataclass import dataclass
from tollgate.seals import leaf_lists
from tollgate.seals.leaf_lists import LeafListError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tollgate.seals.chain_check import StoredSeal
    from tollgate.seals.day_seals import Name, Section
    from tollgate.seals.leaf_lists import Leaf, LeafList, ListSummary


class SealStore(Protocol):
    """What `SealTable` and `SealBucket` have in common."""

    def seal(self, day: date) -> StoredSeal | None: ...

    def chain(self, since: date | None = None) -> Iterator[StoredSeal]: ...

    def leaf_list(self, day: date, section: Section, number: int) -> LeafList | None: ...


class AlteredListError(Exception):
    """A leaf list isn't the one that was sealed, or is gone."""

    def __init__(self, day: date, section: Section, number: int) -> None:
        super().__init__(f"leaf list {number} of {section.value} of {day} isn't the one that was sealed")
        self.section, self.number = section, number


@dataclass(frozen=True, slots=True)
class SealedLists:
    """The leaf lists of a section of a day, each compared with what the seal says of it."""

    store: SealStore
    stored: StoredSeal
    section: Section

    @property
    def summaries(self) -> list[ListSummary]:
        return leaf_lists.unpack(self.stored.lists.get(self.section, b""))

    def leaf_list(self, number: int) -> LeafList:
        """Raises `AlteredListError`."""
        try:
            found = self.store.leaf_list(self.stored.day, self.section, number)
        except LeafListError as error:
            raise AlteredListError(self.stored.day, self.section, number) from error
        if found is None or found.summary() != self.summaries[number]:
            raise AlteredListError(self.stored.day, self.section, number)
        return found

    def leaves(self) -> Iterator[Leaf]:
        """In the order of their names; raises `AlteredListError`."""
        for number in range(len(self.summaries)):
            yield from self.leaf_list(number).leaves

    def unaltered_leaves(self) -> Iterator[Leaf]:
        """Those of the lists that are as they were sealed."""
        for number in range(len(self.summaries)):
            try:
                leaf_list = self.leaf_list(number)
            except AlteredListError:
                continue
            yield from leaf_list.leaves

    def altered(self) -> list[int]:
        """The numbers of the lists that aren't those that were sealed; reads all."""
        found = []
        for number in range(len(self.summaries)):
            try:
                self.leaf_list(number)
            except AlteredListError:
                found.append(number)
        return found


def numbered_lists(stored: StoredSeal) -> Iterator[tuple[Section, int]]:
    """Which lists a seal stands for. Others may have been put by a run that was too slow."""
    for section, packed in stored.lists.items():
        for number in range(len(leaf_lists.unpack(packed))):
            yield section, number


def sealed_names(store: SealStore, stored: StoredSeal, section: Section) -> Iterator[Name]:
    """The names of a section's leaves, in their order, as its lists have them now; none of a lost list."""
    for each, number in numbered_lists(stored):
        if each is section and (leaf_list := store.leaf_list(stored.day, section, number)) is not None:
            yield from (leaf.name for leaf in leaf_list.leaves)
