"""The tree of keys: creating, editing and moving keys within what their families allow.

A key's item takes requests and can't be part of a transaction. What is promised to a child is therefore
noted in its parent's family first, and what is no longer needed is taken off there last: whatever dies in
between, a family never shows less than its children have. A refusal by what was left behind heals it. Every
step can be repeated.
"""

from __future__ import annotations

import logging
import random
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Self, TypeGuard

from tollgate.aws.transactions import transact
from tollgate.clock import Clock, utc_now
from tollgate.conflicts import EditConflictError, InUseError
from tollgate.keys import families, moves
from tollgate.keys.families import NO_LIMITS, Family, HierarchyError, Limits, RecordedLimits
from tollgate.keys.moves import Move
from tollgate.keys.store.family_items import FamilyTable
from tollgate.keys.store.move_item import MoveTable
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.admissions import MAX_SCOPES
from tollgate.ledger.policies import temporary_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tollgate.audit.entry import Change
    from tollgate.keys.store.keys_table import KeysTable
    from tollgate.keys.store.move_item import MoveState
    from tollgate.ledger.scopes import Scope

logger = logging.getLogger(__name__)

# Tries of a write that only spares the next refusal some work.
_TRIES = 10
_MAX_WAIT_SECONDS = 0.05
# How many keys a page of children reads at most, and in one request.
_MAX_READ = 1000
_READ_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Methods that write raise `EditConflictError` if someone else came between: then they may be repeated.

    They raise `HierarchyError` for what the hierarchy doesn't allow. `max_depth` counts levels of keys, the
    root being the first.
    """

    keys: KeysTable
    families: FamilyTable
    moves: MoveTable
    max_depth: int
    clock: Clock = utc_now

    @classmethod
    def over(cls, keys: KeysTable, max_depth: int, clock: Clock = utc_now) -> Self:
        """Of the keys that a table has, their families and moves with them."""
        families, moves = FamilyTable(keys.client, keys.table), MoveTable(keys.client, keys.table)
        return cls(keys, families, moves, max_depth, clock)

    def add(self, scope: Scope, change: Change) -> None:
        """Stores a new key in its parent's family."""
        if scope.parent_id is None:
            self.keys.add(scope, change)
            return
        state = self.finish_move()
        chain = self._chain(scope.parent_id)
        moves.require_depth(len(chain), 1, self.max_depth)
        limits = Limits.of(scope)
        family = self._with_room(chain, scope.key_id, limits)
        promised = family.promised(scope.key_id, limits, scope.revision)
        # No move may put the parent elsewhere meanwhile, where the child would be too deep.
        self.keys.add(scope, change, self.families.put_write(promised), self.moves.require_none_write(state))

    def edit(self, before: Scope, after: Scope, change: Change) -> Scope:
        """As `KeysTable.edit`, for everything but the parent."""
        after = temporary_limits.kept(after)
        old, new = Limits.of(before), Limits.of(after)
        own, own_new = Limits.lasting(before), Limits.lasting(after)
        if before.parent_id is not None and old.widest(new) != old:
            self._promise(before, before.parent_id, old, new)
        if own.strictest(own_new) != own or (before.overcommit and not after.overcommit):
            self._tighten(before, after)
        stored = self.keys.edit(before, after, change)
        if (old, own, before.overcommit) != (new, own_new, after.overcommit):
            self._settle(before, after)
        return stored

    def above(self, scope: Scope) -> list[Scope]:
        """The keys above one, the nearest first, read consistently."""
        return [] if scope.parent_id is None else self._chain(scope.parent_id)

    def require_room(self, before: Scope, after: Scope) -> None:
        """Raises `HierarchyError` if a key has no room for more, as `edit` would; nothing is promised."""
        old, new = Limits.of(before), Limits.of(after)
        if before.parent_id is not None and old.widest(new) != old:
            self._with_room(self._chain(before.parent_id), before.key_id, new, old)

    def delete(self, before: Scope, change: Change) -> None:
        """Takes away a key that has never been used and has no children; raises `InUseError` otherwise.

        It is one transaction: with such a key, no more than its first request can come between.
        """
        state = self.finish_move()
        if not before.is_unused:
            message = "it has been used"
            raise InUseError(message)
        family = self.families.get(before.key_id) or Family.of(before)
        if before.key_id in self.keys.parents(family.members).values():
            message = "it has child keys"
            raise InUseError(message)
        left = self._leaving(before.parent_id, before.key_id) if before.parent_id is not None else []
        ended = self.families.put_write(family.ended())
        self.keys.delete(before, change, ended, self.moves.require_none_write(state), *left)

    def move(self, before: Scope, parent_id: str | None, change: Change) -> Scope:
        """Gives a key another parent, or none. Requests in flight are settled where they were admitted."""
        state = self.finish_move()
        child = self.keys.get(before.key_id)
        if child is None or child.parent_id != before.parent_id:
            raise EditConflictError
        if child.parent_id == parent_id:
            return child
        try:
            self._place(child, parent_id)
        except HierarchyError as error:
            # What was read may stem partly from before another move, partly from after it.
            if self.moves.get() != state:
                raise EditConflictError from error
            raise
        move = Move(change.id, child.key_id, child.parent_id, parent_id, change)
        self.moves.begin(state, move)
        moved = self._complete(move)
        if moved is None:
            raise EditConflictError
        return moved

    def finish_move(self) -> MoveState:
        """Completes the move under way, if there is one: its process may be dead. Then there is none."""
        state = self.moves.get()
        if state.move is None:
            return state
        try:
            self._complete(state.move)
        except HierarchyError as error:
            logger.info("The move of %s was given up: %s", state.move.child_id, error)
        # It has ended, and none has begun since, or the write that asks for that will fail.
        return replace(state, move=None)

    def children(
        self,
        parent_id: str,
        size: int,
        after: str | None,
        matches: Callable[[Scope], bool] = lambda _: True,
    ) -> tuple[list[Scope], str | None]:
        """At most `size` children of a key that match, by their ids, and where to go on, None at the end.

        As in `KeysTable.page`, what is read is bounded.
        """
        family = self.families.get(parent_id)
        ids = sorted(child for child in family.members if after is None or child > after) if family else []
        scopes: list[Scope] = []
        for start in range(0, min(len(ids), _MAX_READ), _READ_AT_ONCE):
            some = ids[start : start + _READ_AT_ONCE]
            found = self.keys.get_all(some)
            for child in map(found.get, some):
                if _is_child(child, parent_id) and matches(child):
                    if len(scopes) == size:
                        return scopes, scopes[-1].key_id
                    scopes.append(child)
        return scopes, ids[_MAX_READ - 1] if len(ids) > _MAX_READ else None

    def _promise(self, child: Scope, parent_id: str, old: Limits, new: Limits) -> None:
        family = self._with_room(self._chain(parent_id), child.key_id, new, old)
        self._put(family, family.promised(child.key_id, new, child.revision))

    def _tighten(self, before: Scope, after: Scope) -> None:
        """Also where there is no family yet: it makes a first child's creation see the lower limit."""
        new, overcommit = Limits.lasting(after), after.overcommit
        family = self.families.get(before.key_id) or Family.of(before)
        try:
            family.require_cover(new, overcommit=overcommit)
        except HierarchyError:
            family = self._healed(family)
            family.require_cover(new, overcommit=overcommit)
        if new.safety_level is not None and new.safety_level != before.safety_level:
            for below in self._levels_below(before.key_id):
                families.require_levels(new, below.key_id, Limits(safety_level=below.safety_level))
        self._put(family, family.tightened(new, before.revision, overcommit=overcommit))

    def _require_levels_above(self, chain: list[Scope], key_id: str) -> None:
        """Raises `HierarchyError` if what is below a key without a safety level has one above the chain's."""
        bound = next((each for each in chain if each.safety_level is not None), None)
        if bound is None or bound.safety_level is None:
            return
        for below in self._levels_below(key_id):
            if below.safety_level is not None and below.safety_level > bound.safety_level:
                message = (
                    f"has no room for the key: its descendant {below.key_id} has safetyLevel "
                    f"{below.safety_level}, above that of {bound.key_id}, {bound.safety_level}"
                )
                raise HierarchyError("parentId", message)

    def _levels_below(self, key_id: str) -> Iterator[Scope]:
        """The first keys below a key that have a safety level, on each way down.

        Those next to it are in its family. Of those further down a race may leave one with a higher level:
        admission asks every ancestor, so that it has no effect.
        """
        level = {key_id}
        for _ in range(self.max_depth):
            member_ids = {child for family in self.families.get_all(level) for child in family.members}
            found = [child for child in self.keys.get_all(member_ids).values() if child.parent_id in level]
            yield from (child for child in found if child.safety_level is not None)
            level = {child.key_id for child in found if child.safety_level is None}
            if not level:
                return

    def _settle(self, before: Scope, after: Scope) -> None:
        """The key's item is written: its families show what it has now."""
        limits, own, revision = Limits.of(after), Limits.lasting(after), before.revision + 1
        if before.parent_id is not None:
            self._rewrite(before.parent_id, lambda found: found.settled(before.key_id, limits, revision))
        self._rewrite(before.key_id, lambda found: found.relaxed(own, revision, overcommit=after.overcommit))

    def _rewrite(self, parent_id: str, change: Callable[[Family], Family]) -> None:
        for _ in range(_TRIES):
            family = self.families.get(parent_id)
            if family is None:
                return
            try:
                self._put(family, change(family))
            except EditConflictError:
                time.sleep(random.uniform(0, _MAX_WAIT_SECONDS))  # noqa: S311 - spreads tries out
            else:
                return
        logger.warning("The family of %s shows more than its children have until that refuses one", parent_id)

    def _put(self, family: Family, changed: Family) -> None:
        if changed != family:
            self.families.put(changed)

    def _with_room(
        self, chain: list[Scope], child_id: str, limits: Limits, before: Limits = NO_LIMITS
    ) -> Family:
        """The family of a chain's first key, which has room for what a child is to get beyond `before`."""
        lasting = [(each.key_id, Limits.lasting(each)) for each in chain]
        families.require_below_ancestors(lasting, limits, before)
        family = self.families.get(chain[0].key_id) or Family.of(chain[0])
        try:
            family.require_room(child_id, limits, before)
        except HierarchyError:
            family = self._healed(family)
            family.require_room(child_id, limits, before)
        return family

    def _healed(self, family: Family) -> Family:
        """The family as its keys are now. Edits under way that it shows already have to begin again."""
        if not family.revision:
            return family
        found = self.keys.get_all({family.parent_id, *family.members})
        healed = family
        for child_id, recorded in family.members.items():
            child = found.get(child_id)
            if _is_child(child, family.parent_id) and Limits.of(child) == recorded.limits:
                continue
            revision = self.keys.fence(child).revision if child else 0
            healed = healed.without(child_id)
            if child and _is_child(child, family.parent_id):
                healed = healed.promised(child_id, Limits.of(child), revision)
        parent = found.get(family.parent_id)
        if parent is None:
            raise EditConflictError
        if (family.own.limits, family.overcommit) != (Limits.lasting(parent), parent.overcommit):
            own = RecordedLimits(Limits.lasting(parent), self.keys.fence(parent).revision)
            healed = replace(healed, own=own, overcommit=parent.overcommit)
        if healed is family:
            return family
        self.families.put(healed)
        return replace(healed, revision=family.revision + 1)

    def _complete(self, move: Move) -> Scope | None:
        """Takes a move from wherever it is to its end; returns the key, None if it is gone."""
        child = self.keys.get(move.child_id)
        if child is not None and child.parent_id != move.to_id:
            child = self._carry_out(move, child)
        ending = [self.moves.end_write(move)]
        if move.from_id is not None:
            ending += self._leaving(move.from_id, move.child_id)
        transact(self.keys.client, *ending)
        return child

    def _carry_out(self, move: Move, child: Scope) -> Scope:
        try:
            family = self._place(child, move.to_id)
        except HierarchyError:
            self._abandon(move, child)
            raise
        if family is not None:
            promised = family.promised(child.key_id, Limits.of(child), child.revision)
            transact(self.keys.client, self.families.put_write(promised), self.moves.require_write(move))
        now = self.clock()
        moved = replace(child, parent_id=move.to_id, moved_at=now, updated_at=now)
        return self.keys.edit(child, moved, move.change)

    def _abandon(self, move: Move, child: Scope) -> None:
        """Ends a move that is no longer allowed, unless someone else is about to carry it out."""
        self.keys.fence(child)
        leaving = self._leaving(move.to_id, child.key_id) if move.to_id is not None else []
        transact(self.keys.client, self.moves.end_write(move), *leaving)

    def _leaving(self, parent_id: str, child_id: str) -> list[dict[str, object]]:
        family = self.families.get(parent_id)
        if family is None or child_id not in family.members:
            return []
        return [self.families.put_write(family.without(child_id))]

    def _place(self, child: Scope, parent_id: str | None) -> Family | None:
        """The family that a key may move to, None for no parent; raises `HierarchyError`."""
        if parent_id is None:
            return None
        chain = self._chain(parent_id)
        moves.require_no_cycle(child.key_id, chain)
        moves.require_depth(len(chain), self._levels(child.key_id), self.max_depth)
        try:
            if child.safety_level is None:
                self._require_levels_above(chain, child.key_id)
            return self._with_room(chain, child.key_id, Limits.of(child))
        except HierarchyError as error:
            if error.field == "parentId":
                raise
            message = f"has no room for the key: its {error.field} {error.message}"
            raise HierarchyError("parentId", message) from error

    def _chain(self, key_id: str) -> list[Scope]:
        """A key and its ancestors, up to the root."""
        chain: list[Scope] = []
        above: str | None = key_id
        while above is not None and len(chain) < MAX_SCOPES:
            scope = self.keys.get(above)
            if scope is None:
                break
            chain.append(scope)
            above = scope.parent_id
        if not chain:
            raise HierarchyError("parentId", "names a key that does not exist")
        return chain

    def _levels(self, key_id: str) -> int:
        """How many levels a key and what is below it are, counted until they are too many."""
        levels, level = 0, {key_id}
        while level and levels <= self.max_depth:
            levels += 1
            below = {child for family in self.families.get_all(level) for child in family.members}
            level = {child for child, parent in self.keys.parents(below).items() if parent in level}
        return levels


def _is_child(scope: Scope | None, parent_id: str) -> TypeGuard[Scope]:
    return scope is not None and scope.parent_id == parent_id
