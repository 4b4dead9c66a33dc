"""A plain model of the ledger: what each request came to, and so what each scope must show.

It keeps requests and adds them up; it knows nothing of items, conditions or counters.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

HELD_UP = {
    "budget_exhausted",
    "quota_exhausted",
    "budget_held",
    "budget_reserved",
    "request_exceeds_budget",
    "too_many_parallel_requests",
}
SKEW = timedelta(minutes=1)
ALL_PERCENT = 100
LAST = datetime(9999, 1, 1, tzinfo=UTC)
HOLDS_FOR = timedelta(minutes=2)
# By so much each further hold of a request expires later than the one before.
TICK = timedelta(milliseconds=1)


@dataclass
class ModelPack:
    """Of all models. What calls have drawn of it is noted with them."""

    amount: Decimal
    effective_at: datetime
    expires_at: datetime | None

    def pays_at(self, at: datetime) -> bool:
        return self.effective_at <= at and (self.expires_at is None or at < self.expires_at)


@dataclass
class ModelScope:
    name: str
    hard: bool
    limit: Decimal | None
    daily: Decimal | None = None
    most_open: int = 1000
    requests_a_minute: int | None = None
    tokens_a_minute: int | None = None
    factor: Decimal | None = None
    expires_at: datetime | None = None
    allows_model: bool = True
    parent: str | None = None
    revoked: bool = False
    moved_at: datetime | None = None
    reset: Decimal = Decimal(0)
    packs: dict[str, ModelPack] = field(default_factory=dict)
    metered: Decimal | None = None
    """How much may be metered beyond the daily quota; None where nothing is."""
    falls_back_to: Decimal | None = None
    falls_back_at: datetime | None = None
    let_in_up_to: int | None = None
    """Percent of each budget; None for all of it."""


@dataclass
class ModelRequest:
    """A request that has opened a hold somewhere. `cost` is on its record, None while it has none."""

    id: str
    key: str
    at: datetime
    amount: Decimal
    tokens: int
    open: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    cost: Decimal | None = None
    decided: Decimal | None = None
    """What it costs once somebody has assigned who pays, though no record says so yet."""
    draws: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    """By scope, what its packs pay: as assigned, and once there is a record, as that says."""
    corrected: dict[str, int] = field(default_factory=dict)
    """By scope, the tokens it came to, where it was closed in the minute that it was admitted in."""
    exchanged: dict[str, list[Decimal]] = field(default_factory=dict)
    """By scope, what it has held since the first hold, one after the other."""

    def held_at(self, name: str) -> Decimal:
        return self.exchanged.get(name, [self.amount])[-1]

    def expires_at(self, name: str) -> datetime:
        return self.at + HOLDS_FOR + len(self.exchanged.get(name, [])) * TICK


class Model:
    def __init__(self, *scopes: ModelScope) -> None:
        self.scopes = {scope.name: scope for scope in scopes}
        self.requests: dict[str, ModelRequest] = {}

    def chain(self, name: str | None) -> list[ModelScope]:
        found = []
        while name is not None:
            found.append(self.scopes[name])
            name = self.scopes[name].parent
        return found

    def factor(self, name: str) -> Decimal:
        """That of the nearest scope that has one."""
        return next((scope.factor for scope in self.chain(name) if scope.factor is not None), Decimal(1))

    def used(self, name: str, day: datetime | None = None) -> Decimal:
        return sum(
            (
                self.rest(request, name)
                for request in self.requests.values()
                if name in request.closed and (day is None or request.at.date() == day.date())
            ),
            Decimal(0),
        )

    def rest(self, request: ModelRequest, name: str) -> Decimal:
        """What a scope's budgets are charged."""
        return (request.cost or Decimal(0)) - sum(request.draws.get(name, {}).values(), Decimal(0))

    def left(self, name: str, pack_id: str) -> Decimal:
        drawn = [request.draws.get(name, {}).get(pack_id, Decimal(0)) for request in self.requests.values()]
        return self.scopes[name].packs[pack_id].amount - sum(drawn, Decimal(0))

    def packs_left(self, name: str, at: datetime) -> Decimal:
        packs = self.scopes[name].packs
        return sum(
            (self.left(name, pack_id) for pack_id, pack in packs.items() if pack.pays_at(at)), Decimal(0)
        )

    def assign(self, request: ModelRequest, names: list[str], cost: Decimal) -> None:
        """Has the packs of scopes that hold a request pay, in the order in which they expire."""
        for name in names:
            packs, rest, draws = self.scopes[name].packs, cost, {}
            for pack_id, pack in sorted(
                packs.items(), key=lambda each: (each[1].expires_at or LAST, each[0])
            ):
                if pack.pays_at(request.at):
                    draws[pack_id] = min(rest, self.left(name, pack_id))
                    rest -= draws[pack_id]
            request.draws[name] = {pack_id: draw for pack_id, draw in draws.items() if draw}

    def held(self, name: str, day: datetime | None = None, but: Collection[str] = ()) -> Decimal:
        return sum(
            (
                request.held_at(name)
                for request in self.requests.values()
                if name in request.open
                and request.id not in but
                and (day is None or request.at.date() == day.date())
            ),
            Decimal(0),
        )

    def minute(self, name: str, now: datetime) -> tuple[int, int]:
        """The requests and tokens of the present minute."""
        of_minute = [
            request
            for request in self.requests.values()
            if name in (*request.open, *request.closed)
            and request.at.replace(second=0, microsecond=0) == now.replace(second=0, microsecond=0)
        ]
        return len(of_minute), sum(request.corrected.get(name, request.tokens) for request in of_minute)

    def open_on(self, name: str) -> set[str]:
        return {request.id for request in self.requests.values() if name in request.open}

    def change_limit(self, name: str, limit: Decimal | None) -> None:
        scope = self.scopes[name]
        if limit != scope.limit:
            scope.limit, scope.falls_back_to, scope.falls_back_at = limit, None, None

    def fall_back(self, now: datetime) -> None:
        for scope in self.scopes.values():
            if scope.falls_back_at is not None and scope.falls_back_at <= now:
                self.change_limit(scope.name, scope.falls_back_to)

    def refusal(self, scope: ModelScope, request: ModelRequest, now: datetime) -> str | None:
        """Why a scope lets a request not in, after a sweep of what has expired if that may help."""
        refused = self._refusal(scope, request, now)
        own_budget = scope.name == request.key and refused == "budget_exhausted"
        if refused in HELD_UP and not own_budget and self.sweep(scope.name, now):
            return self._refusal(scope, request, now)
        return refused

    def _refusal(self, scope: ModelScope, request: ModelRequest, now: datetime) -> str | None:
        return (
            self.out_of_force(scope, now)
            or self._short_of_money(scope, request.amount, now)
            or self._short_of_rates(scope, request.tokens, now)
        )

    def exchange_refusal(
        self, scope: ModelScope, request: ModelRequest, amount: Decimal, now: datetime
    ) -> str | None:
        """Why a scope doesn't let a request in anew that it holds, at another amount; it sweeps nothing."""
        place = request.open.index(scope.name)
        request.open.remove(scope.name)
        refused = self.out_of_force(scope, now) or self._short_of_money(scope, amount, now)
        request.open.insert(place, scope.name)
        return refused

    def out_of_force(self, scope: ModelScope, now: datetime) -> str | None:
        if scope.revoked:
            return "key_revoked"
        if scope.expires_at is not None and scope.expires_at <= now:
            return "key_expired"
        return None if scope.allows_model else "model_not_allowed"

    def _short_of_money(self, scope: ModelScope, amount: Decimal, now: datetime) -> str | None:
        names = [
            name
            for name, limit in (("budget_exhausted", scope.limit), ("quota_exhausted", scope.daily))
            if limit is not None
        ]
        balances = [
            (limit, used, held, bounded)
            for limit, used, held, bounded in (
                (scope.limit, self.used(scope.name) - scope.reset, self.held(scope.name), scope.hard),
                (
                    None if scope.daily is None else scope.daily + (scope.metered or Decimal(0)),
                    self.used(scope.name, now),
                    self.held(scope.name, now),
                    scope.hard or scope.metered is not None,
                ),
            )
            if limit is not None
        ]
        packs = self.packs_left(scope.name, now)
        for (limit, used, _, _), exhausted in zip(balances, names, strict=True):
            if used >= limit and packs <= 0:
                return exhausted
        if scope.let_in_up_to is not None and scope.let_in_up_to < ALL_PERCENT:
            kept = Decimal(ALL_PERCENT - scope.let_in_up_to) / ALL_PERCENT
            # A share is of the limits alone: what may be metered beyond a quota changes nothing of it.
            limits = [each for each in (scope.limit, scope.daily) if each is not None]
            for (_, used, held, _), limit in zip(balances, limits, strict=True):
                if limit + packs - used - held <= limit * kept:
                    return "budget_reserved"
        for limit, used, held, bounded in balances:
            if bounded and used + held + amount > limit + packs:
                return "budget_held" if used + amount <= limit + packs else "request_exceeds_budget"
        return None

    def _short_of_rates(self, scope: ModelScope, tokens: int, now: datetime) -> str | None:
        requests_made, tokens_used = self.minute(scope.name, now)
        if scope.tokens_a_minute is not None and tokens > scope.tokens_a_minute:
            return "request_exceeds_rate_limit"
        if scope.tokens_a_minute is not None and tokens_used + tokens > scope.tokens_a_minute:
            return "rate_limit_exceeded"
        if scope.requests_a_minute is not None and requests_made >= scope.requests_a_minute:
            return "rate_limit_exceeded"
        return "too_many_parallel_requests" if len(self.open_on(scope.name)) >= scope.most_open else None

    def sweep(self, name: str, now: datetime) -> int:
        expired = [
            request
            for request in self.requests.values()
            if name in request.open and request.expires_at(name) <= now
        ]
        for request in expired:
            if not self._was_asked(request, name):
                request.open.remove(name)
                continue
            if request.cost is None:
                # Without a hold on its key or a record, it was refused further up, or never got there.
                request.cost = self._abandoned(request) if request.key in request.open else Decimal(0)
                if request.decided is None:
                    self.assign(request, self._chain_of(request), request.cost)
            self.close(request, name, now)
        return len(expired)

    def _chain_of(self, request: ModelRequest) -> list[str]:
        """The scopes that hold a request and are above its key today: those that a sweep finds."""
        return [scope.name for scope in self.chain(request.key) if scope.name in request.open]

    def _was_asked(self, request: ModelRequest, name: str) -> bool:
        """Whether a scope is above the request's key, or may have been before something was moved."""
        for scope in self.chain(request.key):
            if scope.name == name or (scope.moved_at is not None and request.at < scope.moved_at + SKEW):
                return True
        return False

    def learn(self, name: str, open_now: set[str], recorded: set[str], now: datetime) -> None:
        """Takes over what an admission has swept of a scope before it died, perhaps in the middle."""
        for request in self.requests.values():
            if name in request.open and request.expires_at(name) <= now:
                if request.cost is None and request.id in recorded:
                    request.cost = self._abandoned(request)
                if request.id not in open_now and not self._was_asked(request, name):
                    request.open.remove(name)
                elif request.id not in open_now:
                    request.cost = request.cost or Decimal(0)
                    self.close(request, name, now)

    def close(self, request: ModelRequest, name: str, now: datetime, tokens: int | None = None) -> None:
        if name in request.open:
            request.open.remove(name)
            request.closed.append(name)
            if tokens is not None and request.at.minute == now.minute and now - request.at < SKEW:
                request.corrected[name] = tokens

    def _abandoned(self, request: ModelRequest) -> Decimal:
        """What is decided, or else all that was held; nothing if it can't have got through."""
        if request.decided is not None:
            return request.decided
        has_moved = False
        chain = self.chain(request.key)
        for scope, parent in pairwise(chain):
            moved_at = scope.moved_at
            has_moved = has_moved or (moved_at is not None and request.at < moved_at + SKEW)
            if parent.name not in request.open and not has_moved:
                return Decimal(0)
        return min(request.held_at(name) for name in (request.key, *self._chain_of(request)))
