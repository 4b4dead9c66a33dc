"""What one ledger record adds to the sums, and to which."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tollgate.costs.aggregates import ALL, NOBODY, Aggregate, Dimension, LiveKind, LiveSum, Tally
from tollgate.costs.charge_parts import NO_PARTS, ChargeParts
from tollgate.costs.cover import month_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from decimal import Decimal


def scope_that_pays(scopes: Sequence[str], billed_at: str, drawn: Collection[tuple[str, str]]) -> str:
    """The scope whose packs count as having paid (`ChargeParts.packs`); empty if none has.

    Packs pay at their own scope, so of one request several scopes' packs may pay all. What counts is the
    scope that the request is billed at, if that is hybrid, and the highest one with packs otherwise: packs
    below it share out what that one pays. `scopes` begin with the key, `drawn` names scopes and packs.
    """
    if billed_at:
        return billed_at
    having = {scope for scope, _ in drawn}
    return next((scope for scope in reversed(scopes) if scope in having), "")


@dataclass(frozen=True, slots=True)
class CostEntry:
    """What one ledger record adds to the aggregates.

    `day` is that of its admission in the reporting zone, `scopes` are the key and its ancestors then, `tags`
    each a `name=value`. `drawn` is what packs paid, by the scope and the id of each, USD. `cost_centre` and
    `billed_at`, a hybrid scope, are empty if there is none.
    """

    request_id: str
    key_id: str
    model: str
    day: date
    tally: Tally
    scopes: tuple[str, ...] = ()
    provider: str = NOBODY
    owner: str = NOBODY
    tags: frozenset[str] = frozenset()
    cost_centre: str = ""
    billed_at: str = ""
    drawn: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)

    def aggregates(self) -> Iterator[tuple[Aggregate, Tally]]:
        """Each once, with what it gets more of.

        They are in at most (11 + 2 * scopes + tags + packs) * 2 items: see `store.cost_items`.
        """
        for period in (self.day.isoformat(), month_of(self.day)):
            for aggregate in self._of_requests(period):
                yield aggregate, self.tally
            for (scope, pack), amount in self.drawn.items():
                yield Aggregate(Dimension.PACK, period, pack, within=scope), self._paid(scope, amount)

    def _of_requests(self, period: str) -> Iterator[Aggregate]:
        yield Aggregate(Dimension.TOTAL, period, ALL)
        yield Aggregate(Dimension.KEY, period, self.key_id)
        yield Aggregate(Dimension.MODEL, period, self.model)
        yield Aggregate(Dimension.PROVIDER, period, self.provider)
        yield Aggregate(Dimension.OWNER, period, self.owner)
        yield Aggregate(Dimension.KEY_MODEL, period, self.model, within=self.key_id)
        yield Aggregate(Dimension.MODEL_KEY, period, self.key_id, within=self.model)
        yield Aggregate(Dimension.OWNER_KEY, period, self.key_id, within=self.owner)
        yield Aggregate(Dimension.OWNER_MODEL, period, self.model, within=self.owner)
        for scope in self.scopes:
            yield Aggregate(Dimension.SCOPE, period, scope)
            yield Aggregate(Dimension.SCOPE_MODEL, period, self.model, within=scope)
        for tag in self.tags:
            yield Aggregate(Dimension.TAG, period, tag)
        if self.cost_centre:
            yield Aggregate(Dimension.COST_CENTRE, period, self.cost_centre)
            yield Aggregate(Dimension.CENTRE_KEY, period, self.key_id, within=self.cost_centre)
            yield Aggregate(Dimension.CENTRE_MODEL, period, self.model, within=self.cost_centre)
        if self.billed_at:
            yield Aggregate(Dimension.BILLED, period, self.billed_at)

    def live_sums(self) -> Iterator[tuple[LiveSum, Tally]]:
        """What it adds to while its day goes on, and how much: the day's aggregates follow.

        1 + scopes + tags, and one each for a cost centre, a hybrid scope and every pack that has paid.
        """
        day = self.day.isoformat()
        for kind, names in self._live_names():
            yield LiveSum(kind, day, names), self.tally
        for (scope, pack), amount in self.drawn.items():
            yield LiveSum(LiveKind.PACK, day, (scope, pack)), self._paid(scope, amount)

    def _live_names(self) -> Iterator[tuple[LiveKind, tuple[str, ...]]]:
        yield LiveKind.KEY, (self.key_id, self.model, self.owner)
        yield LiveKind.OWNER, (self.owner, self.model, self.provider)
        for scope in self.scopes:
            if scope != self.key_id:
                yield LiveKind.BELOW, (scope, self.model)
        for tag in self.tags:
            yield LiveKind.TAG, (tag,)
        if self.cost_centre:
            yield LiveKind.CENTRE, (self.cost_centre, self.key_id, self.model)
        if self.billed_at:
            yield LiveKind.BILLED, (self.billed_at,)

    def _paid(self, scope: str, amount: Decimal) -> Tally:
        """What the line of a scope's pack gets more of."""
        counts = scope == scope_that_pays(self.scopes, self.billed_at, self.drawn)
        return Tally(requests=1, cost=amount, parts=ChargeParts(packs=amount) if counts else NO_PARTS)


def fold(entries: Iterable[CostEntry]) -> dict[Aggregate, Tally]:
    """The sum per aggregate, so that a batch of records writes each aggregate once."""
    sums: dict[Aggregate, Tally] = defaultdict(Tally)
    for entry in entries:
        for aggregate, tally in entry.aggregates():
            sums[aggregate] += tally
    return dict(sums)
