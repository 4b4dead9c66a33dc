"""A way from one tree of keys to another, step by step, each as the gateway would take it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from tollgate.keys.families import NO_LIMITS, HierarchyError
from tollgate_cli.configuration import canonical
from tollgate_cli.configuration.files.places import Fault
from tollgate_cli.configuration.planning import key_steps
from tollgate_cli.configuration.planning.key_steps import PRIORITIES, KeyStep, Operation
from tollgate_cli.configuration.planning.plan import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tollgate_cli.configuration.declared_things import Declared
    from tollgate_cli.configuration.planning.key_tree import KeyTree
    from tollgate_cli.configuration.planning.plan import Change

_LOWEST: Final[Mapping[str, Any]] = {
    "budgetLimit": canonical.decimal(0),
    "quotaLimit": canonical.decimal(0),
    "safetyLevel": 0,
    "priority": PRIORITIES[0],
    "overcommit": True,
}
# What is tried to get on, what hurts least first: to refuse calls is the last of it.
_RELIEFS: Final = (
    ("overcommit",),
    ("priority",),
    ("safetyLevel",),
    ("quotaLimit",),
    ("budgetLimit",),
    tuple(_LOWEST),
)


# Of more keys that wait it takes too long to try each by itself.
_MOST_TRIED: Final = 50


@dataclass(frozen=True, slots=True)
class Owed:
    """What is still to be done of a key's change.

    `left` are fields to edit, or to create it with; `lowered` those of them that are lower for a time than
    they were and will be, `extra` those that had nothing to change but for that.
    """

    change: Change
    declared: Declared
    left: Mapping[str, Any]
    parent: str | None
    is_new: bool
    moves: bool
    lowered: frozenset[str] = frozenset()
    extra: frozenset[str] = frozenset()

    @classmethod
    def of(cls, change: Change, declared: Declared) -> Owed:
        named = change.named
        is_new = change.action is Action.CREATE
        left = {name: value for name, value in named.items() if name not in {"parent", "secret"}}
        return cls(change, declared, left, named.get("parent"), is_new, not is_new and "parent" in named)

    @property
    def name(self) -> str:
        return self.change.name

    @property
    def count(self) -> int:
        """How much it is, without what is lowered only for a time."""
        return self.is_new + self.moves + len(self.left.keys() - self.extra)

    @property
    def is_done(self) -> bool:
        return not (self.is_new or self.moves or self.left)

    def without(self, names: Iterable[str]) -> Owed:
        gone = frozenset(names)
        left = {name: value for name, value in self.left.items() if name not in gone}
        return replace(self, left=left, lowered=self.lowered - gone, extra=self.extra - gone)


@dataclass
class Way:
    """`tree` is how keys are after the `steps`, `final` how the files say, with the `depths` there."""

    tree: KeyTree
    owed: dict[str, Owed]
    final: KeyTree
    depths: Mapping[str, int]
    ends: list[str]
    steps: list[KeyStep] = field(default_factory=list)

    def advance(self) -> bool:
        """Goes on as far as that is possible; whether that is the end."""
        while self._lower() | self._move() | self._settle(is_held=False) or self._settle(is_held=True):
            pass
        return not self.owed

    def relieve(self) -> bool:
        """Lowers for a time what others wait for, as little as gets any further; whether there is such."""
        return any(self._gets_on(way) for way in self._ways())

    def faults(self) -> list[Fault]:
        """Why keys can't be as the files say, or else why the first that is left can't be changed."""
        refused = [(each, self._refused_place(each)) for each in self._top_down()]
        found = [self._fault(each, error) for each, error in refused if error]
        first = self._top_down()[0]
        return found or [
            self._fault(
                first,
                self._refused_step(first),
                ". Where keys wait for each other, they can be "
                "lowered while they move, if the files name their limits",
            )
        ]

    def _refused_place(self, each: Owed) -> HierarchyError | None:
        there = self.tree.keys.get(each.name)
        stays = there is not None and not each.moves
        try:
            self.final.require_place(each.name, there.promised if there and stays else NO_LIMITS)
        except HierarchyError as error:
            return error
        return None

    def _refused_step(self, each: Owed) -> HierarchyError:
        way = self._copy()
        try:
            if each.is_new:
                way.tree.add(each.name, self.final.keys[each.name])
            elif each.moves:
                way.tree.move(each.name, each.parent)
            else:
                for request in key_steps.requests(each.left):
                    way.tree.edit(each.name, request)
        except HierarchyError as error:
            return error
        raise AssertionError(each.name)

    def _fault(self, each: Owed, error: HierarchyError, hint: str = "") -> Fault:
        declared = each.declared
        named = "parent" if error.field == "parentId" else error.field
        place = declared.places.of(named) if named in declared.fields else declared.place
        return Fault(f"{named} of the {each.change.title} {error.message}{hint}.", place)

    def _copy(self) -> Way:
        return replace(
            self, tree=self.tree.copy(), owed=dict(self.owed), ends=list(self.ends), steps=list(self.steps)
        )

    def _gets_on(self, way: Way) -> bool:
        """Takes a way if it leads any further than this one."""
        way.advance()
        if way._count >= self._count:
            return False
        self.tree, self.owed, self.ends, self.steps = way.tree, way.owed, way.ends, way.steps
        return True

    @property
    def _count(self) -> int:
        return sum(each.count for each in self.owed.values())

    def _ways(self) -> Iterator[Way]:
        if self.ends:
            way = self._copy()
            way._end()
            yield way
        for names in _RELIEFS:
            for each in self._bottom_up(moving_first=True)[:_MOST_TRIED]:
                way = self._copy()
                if way._ground(each.name, names):
                    yield way
        way = self._copy()
        for each in way._bottom_up():
            way._ground(each.name, tuple(_LOWEST))
        yield way._copy()
        for each in way._bottom_up():
            # Without a parent it has other prices, too, so that nothing may be spent there.
            is_low = self.tree.keys[each.name].values["budgetLimit"] == _LOWEST["budgetLimit"]
            if each.moves and is_low and way._try_move(each, None):
                yield way._copy()

    def _top_down(self) -> list[Owed]:
        return sorted(self.owed.values(), key=lambda each: self.depths[each.name])

    def _bottom_up(self, *, moving_first: bool = False) -> list[Owed]:
        """Keys that there are, the deepest of the tree as it is first."""
        there = [each for each in self.owed.values() if not each.is_new]
        return sorted(
            there, key=lambda each: (moving_first and not each.moves, -len(self.tree.chain(each.name)))
        )

    def _lower(self) -> bool:
        found = False
        for each in self._bottom_up():
            fields = key_steps.lowering(each.left, self.tree.keys[each.name].values)
            found |= bool(fields) and self._edit_what_can_be(each.name, fields)
        return found

    def _move(self) -> bool:
        return sum(self._try_move(each, each.parent) for each in self._top_down() if each.moves) > 0

    def _settle(self, *, is_held: bool) -> bool:
        """Creates keys, and edits those that are in their place.

        `is_held`: also those that were lowered where they are, to make room for others.
        """
        found = False
        for each in self._top_down():
            if each.is_new:
                found |= self._try_create(each)
            elif not each.moves and each.left and (is_held or not self._is_held(each)):
                found |= self._edit_what_can_be(each.name, each.left)
        return found

    def _is_held(self, each: Owed) -> bool:
        return bool(each.lowered) and not any(change.name == "parent" for change in each.change.fields)

    def _edit_what_can_be(self, name: str, fields: Mapping[str, Any]) -> bool:
        if self._try_edit(name, fields):
            return True
        parts = key_steps.parts(fields)
        return len(parts) > 1 and sum(self._try_edit(name, part) for part in parts) > 0

    def _try_edit(self, name: str, fields: Mapping[str, Any], lowered: frozenset[str] = frozenset()) -> bool:
        before = self.tree.keys[name]
        try:
            for request in key_steps.requests(fields):
                self.tree.edit(name, request)
        except HierarchyError:
            self.tree.put(name, before)
            return False
        self._note(KeyStep(name, Operation.EDIT, dict(fields), lowered))
        if not lowered:
            self._keep(self.owed[name].without(fields))
        return True

    def _try_move(self, each: Owed, parent: str | None) -> bool:
        try:
            self.tree.move(each.name, parent)
        except HierarchyError:
            return False
        self._note(KeyStep(each.name, Operation.MOVE, {"parent": parent}))
        if parent == each.parent:
            self._keep(replace(each, moves=False))
        return True

    def _try_create(self, each: Owed) -> bool:
        try:
            self.tree.add(each.name, self.final.keys[each.name])
        except HierarchyError:
            return False
        self._note(KeyStep(each.name, Operation.CREATE, each.change.named))
        del self.owed[each.name]
        return True

    def _end(self) -> None:
        """Deletes what is pruned and has nothing below it any more."""
        for name in list(self.ends):
            if not self.tree.children(name):
                self.tree.remove(name)
                self.ends.remove(name)
                self._note(KeyStep(name, Operation.DELETE, {}))

    def _ground(self, name: str, names: Sequence[str]) -> bool:
        """Lowers those of a key's fields that its file names and that can be; whether that is any."""
        key, declared = self.tree.keys[name], self.owed[name].declared
        fields = {
            each: _LOWEST[each]
            for each in names
            if declared.fields.get(each, _LOWEST[each]) != _LOWEST[each]
            and key.values[each] != _LOWEST[each]
            and not (each == "quotaLimit" and key.values[each] is None)
        }
        if not fields:
            return False
        tried = [fields] if self._try_edit(name, fields, frozenset(fields)) else []
        if not tried:
            single = [{each: value} for each, value in fields.items()]
            tried = [each for each in single if self._try_edit(name, each, frozenset(each))]
        done = frozenset(each for fields in tried for each in fields)
        owed = self.owed[name]
        extra = done - owed.left.keys()
        left = {**owed.left, **{each: declared.fields[each] for each in done}}
        self._keep(replace(owed, left=left, lowered=owed.lowered | done, extra=owed.extra | extra))
        return bool(done)

    def _keep(self, each: Owed) -> None:
        if each.is_done:
            del self.owed[each.name]
        else:
            self.owed[each.name] = each

    def _note(self, step: KeyStep) -> None:
        self.steps.append(step)
