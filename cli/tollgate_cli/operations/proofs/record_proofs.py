"""One record or change, and what the seals say of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tollgate import identifiers
from tollgate.clock import Clock, from_rfc3339, utc_now
from tollgate.seals import chain_check, leaf_lists, sealing_times
from tollgate.seals.day_seals import LATE, OF_THE_DAY, Kind, Name, Section, leaf_of
from tollgate.seals.proof_documents import Proof
from tollgate.seals.store.day_items import name_of
from tollgate.seals.store.sealed_lists import AlteredListError, SealedLists
from tollgate_cli.output.failures import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from tollgate.seals.chain_check import StoredSeal
    from tollgate.seals.leaf_lists import LeafList
    from tollgate_cli.operations.proofs.sealed_stack import SealedStack

_CHANGE = "chg_"


class Verdict(StrEnum):
    """How an item stands beside the seals. Of the last four nothing can be proved, or not yet.

    With a chain that is broken behind an item's seal, the seal isn't known to be that of the day.
    """

    AS_SEALED = "as_sealed"
    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"
    LIST_ALTERED = "list_altered"
    CHAIN_BROKEN = "chain_broken"
    EXPIRED = "expired"
    NOT_SEALED_YET = "not_sealed_yet"
    BEFORE_THE_CHAIN = "before_the_chain"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class JudgedItem:
    """`day` is that of the seal which has it, or else that it belongs to.

    `proof` is there for what is as it was sealed.
    """

    id: str
    verdict: Verdict
    name: Name | None = None
    day: date | None = None
    section: Section | None = None
    proof: Proof | None = None

    def row(self) -> dict[str, Any]:
        proved = self.proof.verify() if self.proof else None
        return {
            "id": self.id,
            "of": self.name.partition if self.name else None,
            "verdict": self.verdict.value,
            "day": self.day.isoformat() if self.day else None,
            "section": self.section.value if self.section else None,
            "sealedAfter": sealing_times.due_at(self.day).isoformat()
            if self.day and self.verdict is Verdict.NOT_SEALED_YET
            else None,
            "last": proved.last.isoformat() if proved else None,
            "head": proved.head if proved else None,
        }


@dataclass(frozen=True, slots=True)
class _Found:
    """A leaf of a sealed tree."""

    lists: SealedLists
    leaf_list: LeafList
    index: int

    @property
    def name(self) -> Name:
        return self._leaf.name

    @property
    def hash(self) -> bytes:
        return self._leaf.hash

    @property
    def _leaf(self) -> leaf_lists.Leaf:
        return self.leaf_list.leaves[self.index % self.lists.stored.seal.list_size]

    def proof(self, item: Mapping[str, Any], chain: list[StoredSeal]) -> Proof:
        seal = self.lists.stored.seal
        path = leaf_lists.inclusion_path(self.lists.summaries, self.leaf_list, self.index, seal.list_size)
        seals = tuple(each.seal for each in chain if each.day >= seal.day)
        return Proof(self.lists.section, item, self.index, tuple(path), seals)


@dataclass(frozen=True, slots=True)
class RecordProofs:
    """Raises `SealError` of seals that can't be read."""

    stack: SealedStack
    clock: Clock = utc_now

    def judge(self, item_id: str, item: Mapping[str, Any] | None = None) -> JudgedItem:
        """`item` stands for what the table doesn't have any more, in DynamoDB's JSON.

        Raises `UsageError` for an id that is neither a request's nor a change's, or isn't the item's.
        """
        kind = Kind.AUDIT if item_id.startswith(_CHANGE) else Kind.USAGE
        chain = list(self.stack.seals.chain())
        try:
            found = self._found(kind, item_id, chain)
        except AlteredListError as error:
            return JudgedItem(item_id, Verdict.LIST_ALTERED, section=error.section)
        if item is not None:
            _require(kind, item_id, item)
        if found is None:
            return self._in_no_seal(kind, item_id, item, chain)
        day, section = found.lists.stored.day, found.lists.section
        if any(each.day >= day for each in chain_check.check(chain).problems):
            return JudgedItem(item_id, Verdict.CHAIN_BROKEN, found.name, day, section)
        present = item if item is not None else self.stack.items.item(kind, found.name)
        if present is None:
            verdict = Verdict.EXPIRED if self._has_expired(found) else Verdict.REMOVED
            return JudgedItem(item_id, verdict, found.name, day, section)
        if name_of(kind, present) != found.name or leaf_of(kind, present) != found.hash:
            return JudgedItem(item_id, Verdict.CHANGED, found.name, day, section)
        proof = found.proof(present, chain)
        return JudgedItem(item_id, Verdict.AS_SEALED, found.name, day, section, proof)

    def _found(self, kind: Kind, item_id: str, chain: list[StoredSeal]) -> _Found | None:
        if kind is Kind.AUDIT:
            # A change's id doesn't say its day, and there are few of them.
            return next(self._changes(item_id, chain), None)
        day = _day_of(item_id)
        for stored in chain:
            if stored.day == day and (found := self._record(item_id, stored, OF_THE_DAY[kind])):
                return found
            if stored.day > day and (found := self._record(item_id, stored, LATE[kind])):
                return found
        return None

    def _record(self, request_id: str, stored: StoredSeal, section: Section) -> _Found | None:
        """By halving: lists are in the order of requests' ids, as their leaves are."""
        lists = SealedLists(self.stack.seals, stored, section)
        low, high = 0, len(lists.summaries) - 1
        while low <= high:
            number = (low + high) // 2
            leaf_list = lists.leaf_list(number)
            if request_id < leaf_list.leaves[0].name.sort:
                high = number - 1
            elif request_id > leaf_list.last.sort:
                low = number + 1
            else:
                return _leaf_in(lists, number, leaf_list, lambda name: name.sort == request_id)
        return None

    def _changes(self, change_id: str, chain: list[StoredSeal]) -> Iterator[_Found]:
        for stored in reversed(chain):
            for section in (OF_THE_DAY[Kind.AUDIT], LATE[Kind.AUDIT]):
                lists = SealedLists(self.stack.seals, stored, section)
                for number in range(len(lists.summaries)):
                    leaf_list = lists.leaf_list(number)
                    found = _leaf_in(
                        lists, number, leaf_list, lambda name: name.sort.endswith(f"#{change_id}")
                    )
                    if found:
                        yield found

    def _in_no_seal(
        self, kind: Kind, item_id: str, item: Mapping[str, Any] | None, chain: list[StoredSeal]
    ) -> JudgedItem:
        day = _day_of(item_id) if kind is Kind.USAGE else _day_of_change(item)
        name = self.stack.items.record_named(item_id) if kind is Kind.USAGE else None
        if day is None or (name is None and item is None):
            return JudgedItem(item_id, Verdict.UNKNOWN, day=day)
        if not chain or day > chain[-1].day:
            verdict = Verdict.NOT_SEALED_YET
        elif day < chain[0].day:
            verdict = Verdict.BEFORE_THE_CHAIN
        else:
            verdict = Verdict.ADDED
        return JudgedItem(item_id, verdict, name, day)

    def _has_expired(self, found: _Found) -> bool:
        if found.lists.section.kind is not Kind.USAGE:
            return False
        kept = timedelta(days=found.lists.stored.seal.retention_days)
        return identifiers.moment_of(found.name.sort) + kept <= self.clock()


def _leaf_in(lists: SealedLists, number: int, leaf_list: LeafList, is_it: Any) -> _Found | None:
    for place, leaf in enumerate(leaf_list.leaves):
        if is_it(leaf.name):
            return _Found(lists, leaf_list, number * lists.stored.seal.list_size + place)
    return None


def _day_of(request_id: str) -> date:
    try:
        return identifiers.moment_of(request_id).date()
    except ValueError:
        message = f"{request_id} is no id of a request (req_…) or of a change (chg_…)."
        raise UsageError(message) from None


def _day_of_change(item: Mapping[str, Any] | None) -> date | None:
    return from_rfc3339(name_of(Kind.AUDIT, item).sort.partition("#")[0]).date() if item is not None else None


def _require(kind: Kind, item_id: str, item: Mapping[str, Any]) -> None:
    try:
        given = name_of(kind, item).sort.rpartition("#")[2]
    except (KeyError, TypeError):
        raise UsageError("The file's item isn't one of DynamoDB's JSON, with its key.") from None
    if given != item_id:
        raise UsageError(f"The file's item is {given}, not {item_id}.")
