"""The tree of keys as the gateway would leave it after a change, and what it would refuse.

The rules are the gateway's own (`tollgate.keys`). One is added that only an apply has to keep to: on the way
from one tree to the other no key may spend more, by its own limit or one above it, than in one of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from tollgate.keys import families, moves
from tollgate.keys.families import NO_LIMITS, Family, HierarchyError, Limits, RecordedLimits
from tollgate.ledger.scopes import Priority
from tollgate.ledger.windows import Period

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tollgate_cli.configuration.actual import Gateway

# What keys above and below have to do with.
LIMITS: Final = ("budgetLimit", "quotaLimit", "quotaPeriod", "safetyLevel", "priority", "overcommit")
_TOTAL: Final = "total"
# By window; where there is none, nothing bounds it.
Bounds = dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class TreeKey:
    """`values` are the lasting ones of `LIMITS`, as files have them, `raised` what is raised for now."""

    parent: str | None
    values: Mapping[str, Any]
    raised: Mapping[str, str] = field(default_factory=dict)

    @property
    def lasting(self) -> Limits:
        return _limits(self.values)

    @property
    def promised(self) -> Limits:
        return _limits({**self.values, **self.raised})

    def edited(self, fields: Mapping[str, Any]) -> TreeKey:
        values = {**self.values, **{name: fields[name] for name in LIMITS if name in fields}}
        if values["quotaLimit"] is None:
            values["quotaPeriod"] = None
        elif values["quotaPeriod"] is None:
            values["quotaPeriod"] = Period.MONTH.value
        ended = {*fields}
        if values["quotaPeriod"] != self.values["quotaPeriod"]:
            ended.add("quotaLimit")
        raised = {name: limit for name, limit in self.raised.items() if name not in ended}
        return replace(self, values=values, raised=raised)


@dataclass
class KeyTree:
    """Methods that change it raise `HierarchyError` for what can't be done, and then change nothing.

    `allowed` has what a key may spend at most at any time; keys that are not in it are not looked at.
    """

    keys: dict[str, TreeKey]
    max_depth: int
    allowed: Mapping[str, Bounds] = field(default_factory=dict)
    _children: dict[str | None, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self._children:
            for name, key in self.keys.items():
                self._children.setdefault(key.parent, set()).add(name)

    @classmethod
    def of(cls, gateway: Gateway) -> KeyTree:
        keys = {
            name: TreeKey(
                thing.fields["parent"],
                {each: thing.fields[each] for each in LIMITS},
                {each: limit for each, (limit, _) in thing.raises.items()},
            )
            for name, thing in gateway.keys.items()
        }
        return cls(keys, gateway.settings.view["deployment"]["maxKeyDepth"])

    def copy(self) -> KeyTree:
        children = {name: set(below) for name, below in self._children.items()}
        return KeyTree(dict(self.keys), self.max_depth, self.allowed, children)

    def chain(self, name: str | None) -> list[str]:
        """A key and those above it; of a ring every key once."""
        found: list[str] = []
        while name is not None and name in self.keys and name not in found:
            found.append(name)
            name = self.keys[name].parent
        return found

    def below(self, name: str) -> Iterator[str]:
        """A key and all below it."""
        waiting = [name]
        while waiting:
            each = waiting.pop()
            yield each
            waiting += self._children.get(each, ())

    def children(self, name: str) -> set[str]:
        return self._children.get(name, set())

    def bounds(self, name: str) -> Bounds:
        """What a key may spend at most, once and by day, week and month, by its limits and those above it."""
        budget: Decimal | None = None
        quotas: dict[Period, Decimal] = {}
        for each in self.chain(name):
            limits = self.keys[each].lasting.strictest(Limits(budget, quotas))
            budget, quotas = limits.budget, dict(limits.quotas)
        once = {} if budget is None else {_TOTAL: budget}
        # A limit of one window bounds what can be spent in others, too.
        most = {
            period: [Limits(None, {own: limit}).share(period) for own, limit in quotas.items()]
            for period in Period
        }
        found = {period.value: [*limits, *once.values()] for period, limits in most.items()}
        return once | {window: min(limits) for window, limits in found.items() if limits}

    def put(self, name: str, key: TreeKey) -> None:
        """Whatever the rules are."""
        if name in self.keys:
            self._children[self.keys[name].parent].discard(name)
        self.keys[name] = key
        self._children.setdefault(key.parent, set()).add(name)

    def add(self, name: str, key: TreeKey) -> None:
        self._require_parent(key.parent)
        if key.parent is not None:
            moves.require_depth(len(self.chain(key.parent)), 1, self.max_depth)
            self._require_room(key.parent, name, key.promised)
        self._put_bounded(name, key)

    def edit(self, name: str, fields: Mapping[str, Any]) -> None:
        before = self.keys[name]
        after = before.edited(fields)
        old, new = before.promised, after.promised
        if before.parent is not None and old.widest(new) != old:
            self._require_room(before.parent, name, new, old)
        own, own_new = before.lasting, after.lasting
        overcommit = after.values["overcommit"]
        if own.strictest(own_new) != own or (before.values["overcommit"] and not overcommit):
            self._family(name).require_cover(own_new, overcommit=overcommit)
            if own_new.safety_level is not None:
                for each, level in self._levels_below(name):
                    families.require_levels(own_new, each, Limits(safety_level=level))
        self._put_bounded(name, after)

    def move(self, name: str, parent: str | None) -> None:
        before = self.keys[name]
        self._require_parent(parent)
        if parent is not None:
            chain = self.chain(parent)
            if name in chain:
                raise HierarchyError("parentId", "names a descendant of the key")
            moves.require_depth(len(chain), self._levels(name), self.max_depth)
            if before.values["safetyLevel"] is None:
                self._require_levels_above(chain, name)
            self._require_room(parent, name, before.promised)
        self._put_bounded(name, replace(before, parent=parent))

    def remove(self, name: str) -> None:
        if self.children(name):
            raise HierarchyError("parentId", "has child keys")
        self._children[self.keys.pop(name).parent].discard(name)

    def require_place(self, name: str, before: Limits = NO_LIMITS) -> None:
        """Raises `HierarchyError` if a key, which was allowed `before` where it is, can't be so."""
        key = self.keys[name]
        if key.parent is not None:
            moves.require_depth(len(self.chain(key.parent)), 1, self.max_depth)
            self._require_room(key.parent, name, key.promised, before)
        self._family(name).require_cover(key.lasting, overcommit=key.values["overcommit"])

    def _put_bounded(self, name: str, key: TreeKey) -> None:
        before = self.keys.get(name)
        had = {} if before is None else self.bounds(name)
        self.put(name, key)
        has = self.bounds(name)
        if before is not None and all(window in has and has[window] <= most for window, most in had.items()):
            return
        try:
            for each in self.below(name):
                self._require_bounded(each)
        except HierarchyError:
            if before is None:
                self.remove(name)
            else:
                self.put(name, before)
            raise

    def _require_bounded(self, name: str) -> None:
        bounds = self.bounds(name)
        for window, most in self.allowed.get(name, {}).items():
            if window not in bounds or bounds[window] > most:
                message = f"can't be changed yet, for the key {name} could spend more than before and after"
                raise HierarchyError("parentId", message)

    def _require_parent(self, parent: str | None) -> None:
        if parent is not None and parent not in self.keys:
            raise HierarchyError("parentId", f"names {parent}, which is not there")

    def _require_room(self, parent: str, name: str, limits: Limits, before: Limits = NO_LIMITS) -> None:
        lasting = [(each, self.keys[each].lasting) for each in self.chain(parent)]
        families.require_below_ancestors(lasting, limits, before)
        self._family(parent).require_room(name, limits, before)

    def _family(self, name: str) -> Family:
        parent = self.keys[name]
        members = {each: RecordedLimits(self.keys[each].promised, 0) for each in self.children(name)}
        own = RecordedLimits(parent.lasting, 0)
        return Family(name, own, overcommit=parent.values["overcommit"], members=members)

    def _require_levels_above(self, chain: list[str], name: str) -> None:
        levels = (self.keys[each].values["safetyLevel"] for each in chain)
        bound = next((level for level in levels if level is not None), None)
        for each, level in self._levels_below(name):
            families.require_levels(Limits(safety_level=bound), each, Limits(safety_level=level))

    def _levels_below(self, name: str) -> Iterator[tuple[str, int]]:
        """The first safety levels below a key, on each way down."""
        waiting = list(self.children(name))
        while waiting:
            each = waiting.pop()
            level = self.keys[each].values["safetyLevel"]
            if level is None:
                waiting += self.children(each)
            else:
                yield each, level

    def _levels(self, name: str) -> int:
        levels, level = 0, {name}
        while level:
            levels += 1
            level = {child for each in level for child in self.children(each)}
        return levels


def _limits(values: Mapping[str, Any]) -> Limits:
    quota, budget, level = values["quotaLimit"], values["budgetLimit"], values["safetyLevel"]
    return Limits(
        None if budget is None else Decimal(budget),
        {} if quota is None else {Period(values["quotaPeriod"]): Decimal(quota)},
        level,
        Priority(values["priority"]),
    )
