"""A sealed day's records and changes as they are now, beside what was sealed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from tollgate import identifiers
from tollgate.clock import Clock, utc_now
from tollgate.seals import merkle_tree
from tollgate.seals.day_seals import LATE, Kind, Section
from tollgate.seals.store.sealed_lists import SealedLists

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate.seals.chain_check import StoredSeal
    from tollgate.seals.day_seals import Name
    from tollgate.seals.leaf_lists import Leaf
    from tollgate_cli.operations.proofs.sealed_stack import SealedStack

_LATE = frozenset(LATE.values())


class Difference(NamedTuple):
    """What isn't as it was sealed.

    `what` is `changed`, `removed`, `added`, or, where nothing can be named, `seal`, `list` or `unnamed`: then
    `name` is None and `problem` says more.
    """

    section: Section
    what: str
    name: Name | None
    problem: str

    def row(self, day: str) -> dict[str, Any]:
        return {
            "day": day,
            "section": self.section.value,
            "what": self.what,
            "id": self.name.sort.rpartition("#")[2] if self.name else None,
            "of": self.name.partition if self.name else None,
            "problem": self.problem,
        }


@dataclass(slots=True)
class ComparedDay:
    """`sealed` counts leaves. Of the day's items, `late` were sealed with a later day.

    `expired` counts those that are gone since their retention is over.
    """

    sealed: int = 0
    late: int = 0
    expired: int = 0
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DayComparison:
    """Of one seal, which is the bucket's where that is asked."""

    stack: SealedStack
    stored: StoredSeal
    clock: Clock = utc_now

    def run(self) -> ComparedDay:
        """Raises `SealError` if the seal itself can't be read."""
        found = ComparedDay()
        for section, part in self.stored.seal.parts.items():
            found.sealed += part.size
            lists = SealedLists(self.stack.seals, self.stored, section)
            if altered := lists.altered():
                found.differences += self._unnamed(lists, altered)
            else:
                self._compare(lists, found)
        return found

    def _compare(self, lists: SealedLists, found: ComparedDay) -> None:
        section = lists.section
        late: set[Name] | None = None
        size = 0
        for name, sealed, present in _beside(lists.leaves(), self._present(lists)):
            size += sealed is not None
            if sealed is None:
                late = self._late_names(section.kind) if late is None else late
                if name in late:
                    found.late += 1
                else:
                    found.differences.append(Difference(section, "added", name, "it is in no seal"))
            elif present is None and self._has_expired(section, name):
                found.expired += 1
            elif present is None:
                found.differences.append(Difference(section, "removed", name, "it was sealed, and is gone"))
            elif present != sealed:
                found.differences.append(Difference(section, "changed", name, "it isn't what was sealed"))

        if size != (said := self.stored.seal.parts[section].size):
            problem = f"its lists have {size} leaves, and the seal says {said}"
            found.differences.append(Difference(section, "seal", None, problem))

    def _present(self, lists: SealedLists) -> Iterator[Leaf]:
        kind = lists.section.kind
        if lists.section in _LATE:
            return self.stack.items.leaves_of(kind, (leaf.name for leaf in lists.leaves()))
        return self.stack.items.leaves(kind, self.stored.day)

    def _late_names(self, kind: Kind) -> set[Name]:
        """Only of lists that are as they were sealed: whoever adds an item could name it in one."""
        later = self.stack.seals.chain(self.stored.day + timedelta(days=1))
        lists = (SealedLists(self.stack.seals, each, LATE[kind]) for each in later)
        return {leaf.name for each in lists for leaf in each.unaltered_leaves()}

    def _has_expired(self, section: Section, name: Name) -> bool:
        """Whether a record was to be kept no longer than until now. Changes are kept for good."""
        if section.kind is not Kind.USAGE:
            return False
        kept = timedelta(days=self.stored.seal.retention_days)
        return identifiers.moment_of(name.sort) + kept <= self.clock()

    def _unnamed(self, lists: SealedLists, altered: list[int]) -> Iterator[Difference]:
        """Whether the items themselves are as they were, where the lists that name them aren't."""
        section, part = lists.section, self.stored.seal.parts[lists.section]
        for number in altered:
            yield Difference(section, "list", None, f"leaf list {number} was changed or removed")
        if section in _LATE:
            return
        late = self._late_names(section.kind)
        hashes = [
            leaf.hash
            for leaf in self.stack.items.leaves(section.kind, self.stored.day)
            if leaf.name not in late
        ]
        if len(hashes) != part.size or merkle_tree.root_of(hashes).hex() != part.root:
            problem = f"{len(hashes)} of {part.size} are there, and they aren't those that were sealed"
            yield Difference(section, "unnamed", None, problem)


def _beside(
    sealed: Iterator[Leaf], present: Iterator[Leaf]
) -> Iterator[tuple[Name, bytes | None, bytes | None]]:
    """Each name of either, in order, with the hash that it has in each."""
    left, right = next(sealed, None), next(present, None)
    while heads := [each for each in (left, right) if each is not None]:
        name = min(each.name for each in heads)
        was = left.hash if left is not None and left.name == name else None
        now = right.hash if right is not None and right.name == name else None
        yield name, was, now
        left = left if was is None else next(sealed, None)
        right = right if now is None else next(present, None)
