"""Families: a parent, its children, and how their limits may relate.

A child's limit is never set above its parent's. A parent that doesn't overcommit has what its children are
given add up to what it has itself. Lowering an overcommitting parent below its children is allowed: its own
admission bounds them together, at once. Its safety level and priority are never below a child's.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, NamedTuple, Self, TypeVar

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.policies import temporary_limits
from tollgate.ledger.windows import ADJECTIVES, Period

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from tollgate.ledger.scopes import Priority, Scope

T = TypeVar("T")

# One item holds 400 KB, and each write to it costs by its size.
MAX_CHILDREN = 2000
# How many windows of the shorter period a window of the longer one overlaps at most.
_WINDOWS = {
    (Period.MONTH, Period.DAY): 31,
    (Period.MONTH, Period.WEEK): 6,
    (Period.WEEK, Period.DAY): 7,
}


# For those who may not see the key that has the limit.
_NOT_ALLOWED = "must not exceed what a key above it allows"


class HierarchyError(Exception):
    """What a family's rules refuse; `field` is the setting that is wrong, `message` says how.

    A message that tells of keys which not everybody may see has a `brief` one beside it, which does not:
    it tells of the key `about`, or, if that is None, of the place in the whole hierarchy.
    """

    def __init__(
        self, field: str, message: str, *, brief: str | None = None, about: str | None = None
    ) -> None:
        super().__init__(f"{field} {message}")
        self.field = field
        self.message = message
        self.brief = brief
        self.about = about


@dataclass(frozen=True, slots=True)
class Limits:
    """What a scope may spend, USD; without a budget or quota of its own, what its ancestors let it.

    While an edit is under way there may be two quotas, each of which counts. Every scope has a priority; none
    is less than any.
    """

    budget: Decimal | None = None
    quotas: Mapping[Period, Decimal] = field(default_factory=dict)
    safety_level: int | None = None
    priority: Priority | None = None

    @classmethod
    def of(cls, scope: Scope) -> Self:
        quota = scope.quota
        quotas = {quota.schedule.period: quota.limit} if quota.schedule and quota.limit is not None else {}
        return cls(scope.budget_limit, quotas, scope.safety_level, scope.priority)

    @classmethod
    def lasting(cls, scope: Scope) -> Self:
        """What it may promise to those below it: raised for a time, a limit counts as it was before."""
        return cls.of(scope) if not scope.raises else cls.of(temporary_limits.lasting(scope))

    def widest(self, other: Limits) -> Limits:
        """What covers both, as promises to a child."""
        return Limits(
            max(_given(self.budget, other.budget), default=None),
            _merged(max, self.quotas, other.quotas),
            max(_given(self.safety_level, other.safety_level), default=None),
            max(_given(self.priority, other.priority), key=_rank, default=None),
        )

    def strictest(self, other: Limits) -> Limits:
        """What keeps to both, as limits of a parent."""
        return Limits(
            min(_given(self.budget, other.budget), default=None),
            _merged(min, self.quotas, other.quotas),
            min(_given(self.safety_level, other.safety_level), default=None),
            min(_given(self.priority, other.priority), key=_rank, default=None),
        )

    def share(self, period: Period) -> Decimal:
        """What the quotas let through in one window of a period at most; none of them promises nothing."""
        return max(
            (_max_in_window(limit, own, period) for own, limit in self.quotas.items()), default=money.ZERO
        )


NO_LIMITS = Limits()


class RecordedLimits(NamedTuple):
    """Limits as a family knows them, and the revision of the key that they were noted at."""

    limits: Limits
    revision: int


@dataclass(frozen=True, slots=True)
class Family:
    """A parent and its children, noted so that what is promised never exceeds what there is.

    `own` is never more than the parent has, what is noted of a child never less than the child has, whatever
    dies between the writes to this and to the keys. `revision` counts the writes; 0 is not stored yet.
    The family of a deleted key stays, `closed`, so that no child joins it who has seen the key.
    """

    parent_id: str
    own: RecordedLimits
    overcommit: bool
    members: Mapping[str, RecordedLimits] = field(default_factory=dict)
    revision: int = 0
    closed: bool = False

    @classmethod
    def of(cls, parent: Scope) -> Self:
        return cls(parent.key_id, RecordedLimits(Limits.lasting(parent), parent.revision), parent.overcommit)

    def promised(self, child_id: str, limits: Limits, revision: int) -> Family:
        """Before a child's key gets limits: what is noted of it covers them, too."""
        recorded = self.members.get(child_id, RecordedLimits(limits, revision))
        wider = RecordedLimits(recorded.limits.widest(limits), max(recorded.revision, revision))
        return replace(self, members={**self.members, child_id: wider})

    def settled(self, child_id: str, limits: Limits, revision: int) -> Family:
        """After a child's key got limits at a revision, unless a later edit has been promised more."""
        recorded = self.members.get(child_id)
        if recorded is None or recorded.revision >= revision:
            return self
        return replace(self, members={**self.members, child_id: RecordedLimits(limits, revision)})

    def without(self, child_id: str) -> Family:
        return replace(
            self,
            members={member: recorded for member, recorded in self.members.items() if member != child_id},
        )

    def ended(self) -> Family:
        """When the parent is deleted: without members, for ever."""
        return replace(self, members={}, closed=True)

    def tightened(self, limits: Limits, revision: int, *, overcommit: bool) -> Family:
        """Before the parent's key gets limits: what it has here keeps to them, too."""
        own = RecordedLimits(self.own.limits.strictest(limits), max(self.own.revision, revision))
        return replace(self, own=own, overcommit=self.overcommit and overcommit)

    def relaxed(self, limits: Limits, revision: int, *, overcommit: bool) -> Family:
        """After the parent's key got limits at a revision, unless a later edit has tightened them."""
        if self.own.revision >= revision:
            return self
        return replace(self, own=RecordedLimits(limits, revision), overcommit=overcommit)

    def require_room(self, child_id: str, limits: Limits, before: Limits = NO_LIMITS) -> None:
        """Raises `HierarchyError` if a child's limits, where they are more than `before`, don't fit."""
        if self.closed:
            raise HierarchyError("parentId", "names a key that has been deleted")
        if child_id not in self.members and len(self.members) >= MAX_CHILDREN:
            raise HierarchyError(
                "parentId", f"names a key that already has {MAX_CHILDREN} children, the maximum"
            )
        require_below(self.parent_id, self.own.limits, limits, before)
        if self.overcommit:
            return
        others = [recorded.limits for member, recorded in self.members.items() if member != child_id]
        grown = limits.budget is not None and (before.budget is None or limits.budget > before.budget)
        budget = self.own.limits.budget
        if grown and limits.budget is not None and budget is not None:
            given = _budgets(others)
            if limits.budget + given > budget:
                raise HierarchyError(
                    "budgetLimit", _too_much(self.parent_id, "budget", budget, given, limits.budget)
                )
        for period, quota in self.own.limits.quotas.items():
            share, given = limits.share(period), _shares(others, period)
            if share > before.share(period) and share + given > quota:
                what = f"{ADJECTIVES[period]} quota"
                raise HierarchyError("quotaLimit", _too_much(self.parent_id, what, quota, given, share))

    def require_cover(self, limits: Limits, *, overcommit: bool) -> None:
        """Raises `HierarchyError` if a parent's levels were below a child's.

        Or if one that doesn't overcommit had less than its children have.
        """
        for child_id, recorded in self.members.items():
            require_levels(limits, child_id, recorded.limits)
        if overcommit:
            return
        members = [recorded.limits for recorded in self.members.values()]
        given = _budgets(members)
        if limits.budget is not None and given > limits.budget:
            raise HierarchyError(*self._uncovered("budgetLimit", "budgets", given, limits.budget))
        for period, quota in limits.quotas.items():
            given = _shares(members, period)
            if given > quota:
                what = f"{ADJECTIVES[period]} quotas"
                raise HierarchyError(*self._uncovered("quotaLimit", what, given, quota))

    def _uncovered(self, name: str, what: str, given: Decimal, limit: Decimal) -> tuple[str, str]:
        children = f"its children's {what} add up to {money.to_string(given)} USD"
        if self.overcommit:
            return (
                "overcommit",
                f"can't be turned off: {children}, more than its own {money.to_string(limit)} USD",
            )
        return name, f"is too low: {children}, and the key does not overcommit"


def require_below(parent_id: str, parents: Limits, limits: Limits, before: Limits = NO_LIMITS) -> None:
    """Raises `HierarchyError` if limits, where they are more than `before`, are above a parent's.

    Over a longer period than the parent's a quota may be as high as what the parent's lets through meanwhile;
    over a shorter one, as high as the parent's itself.
    """
    _require_levels_below(parent_id, parents, limits, before)
    budget = limits.budget
    if budget is not None and parents.budget is not None and budget > max(parents.budget, before.budget or 0):
        raise HierarchyError(
            "budgetLimit",
            f"must not exceed the budget of its ancestor {parent_id}: {money.to_string(parents.budget)} USD",
            brief=_NOT_ALLOWED,
            about=parent_id,
        )
    for period, limit in limits.quotas.items():
        for parents_period, parents_limit in parents.quotas.items():
            most = _max_in_window(parents_limit, parents_period, period)
            if limit > max(most, before.quotas.get(period, money.ZERO)):
                raise HierarchyError(
                    "quotaLimit",
                    f"must not exceed {money.to_string(most)} USD, the most that its ancestor {parent_id} "
                    f"may spend per {period.value} with a quota of {money.to_string(parents_limit)} USD per "
                    f"{parents_period.value}",
                    brief=_NOT_ALLOWED,
                    about=parent_id,
                )


def require_below_ancestors(
    chain: Sequence[tuple[str, Limits]], limits: Limits, before: Limits = NO_LIMITS
) -> None:
    """As `require_below`, where a parent, the first of the chain, is itself bounded by those above it.

    The chain's keys have their lasting limits beside them.
    """
    for owner_id, own in _owners(chain):
        if owner_id != chain[0][0]:
            require_below(owner_id, own, limits, before)


def require_levels(parents: Limits, child_id: str, limits: Limits) -> None:
    """Raises `HierarchyError` if the levels that a parent is to have are below those of a key below it."""
    level, most = limits.safety_level, parents.safety_level
    if level is not None and most is not None and level > most:
        raise HierarchyError("safetyLevel", f"is too low: its descendant {child_id} has {level}")
    if parents.priority is not None and _rank(limits.priority) > _rank(parents.priority):
        raise HierarchyError("priority", f"is too low: its descendant {child_id} has {limits.priority}")


def _require_levels_below(parent_id: str, parents: Limits, limits: Limits, before: Limits) -> None:
    level, most = limits.safety_level, parents.safety_level
    if level is not None and most is not None and level > max(most, before.safety_level or 0):
        message = f"must not exceed that of its ancestor {parent_id}, {most}"
        raise HierarchyError("safetyLevel", message, brief=_NOT_ALLOWED, about=parent_id)
    highest = max(_rank(parents.priority), _rank(before.priority))
    if parents.priority is not None and _rank(limits.priority) > highest:
        message = f"must not exceed that of its parent {parent_id}, {parents.priority}"
        raise HierarchyError("priority", message, brief=_NOT_ALLOWED, about=parent_id)


def _owners(chain: Sequence[tuple[str, Limits]]) -> Iterator[tuple[str, Limits]]:
    """The nearest that has a budget, with that alone, then those that have a quota and a safety level.

    Every one has a priority, which is never above its parent's.
    """
    for key_id, limits in chain:
        if limits.budget is not None:
            yield key_id, Limits(limits.budget)
            break
    for key_id, limits in chain:
        if limits.quotas:
            yield key_id, Limits(None, limits.quotas)
            break
    for key_id, limits in chain:
        if limits.safety_level is not None:
            yield key_id, Limits(safety_level=limits.safety_level)
            break


def _max_in_window(limit: Decimal, period: Period, within: Period) -> Decimal:
    """What a quota lets through at most in one window of another period."""
    with money.exact():
        return limit * _WINDOWS.get((within, period), 1)


def _budgets(limits: Iterable[Limits]) -> Decimal:
    with money.exact():
        return sum((each.budget for each in limits if each.budget is not None), money.ZERO)


def _shares(limits: Iterable[Limits], period: Period) -> Decimal:
    with money.exact():
        return sum((each.share(period) for each in limits), money.ZERO)


def _rank(priority: Priority | None) -> int:
    return -1 if priority is None else priority.rank


def _given(*values: T | None) -> list[T]:
    return [value for value in values if value is not None]


def _merged(
    choose: Callable[[Iterable[Decimal]], Decimal],
    one: Mapping[Period, Decimal],
    other: Mapping[Period, Decimal],
) -> dict[Period, Decimal]:
    return {
        period: choose(limits[period] for limits in (one, other) if period in limits)
        for period in {**one, **other}
    }


def _too_much(parent_id: str, what: str, limit: Decimal, given: Decimal, asked: Decimal) -> str:
    return (
        f"would take {money.to_string(asked)} USD of the {what} of its parent {parent_id}, which does not "
        f"overcommit and has given {money.to_string(given)} of its {money.to_string(limit)} USD to other "
        "children"
    )
