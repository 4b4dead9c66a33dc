"""Admissions: what a request asks of a scope, each try to open its holds, and what it is admitted with."""

from __future__ import annotations

from dataclasses import field, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.claims import Demand
from tollgate.ledger.holds import HeldCall, Hold
from tollgate.ledger.records import RecordKind
from tollgate.ledger.scopes import Priority, inherited
from tollgate.pricing.price_terms import AT_COST
from tollgate.pricing.price_versions import UNPRICED

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.billing.billing_modes import BillingMode
    from tollgate.ledger.billing.reservations import Reservation
    from tollgate.ledger.claims import Claim
    from tollgate.ledger.scopes import Advance, Scope
    from tollgate.pricing.price_terms import Tariff
    from tollgate.refusals import RefusedError


class Switching(Enum):
    """Whether a scope may have a call served by another model than the one that it asks for.

    `FREE`: any whose budget is tight. `UNKNOWN`: the call belongs to a conversation, and nobody has looked up
    yet which model serves that. `CONVERSATION`: it goes on with the conversation's model, and only scopes
    that switch conversations may change that. `NEVER`: its model stays.
    """

    FREE = auto()
    UNKNOWN = auto()
    CONVERSATION = auto()
    NEVER = auto()


class DowngradeError(Exception):
    """An admission that can't go on before another model is chosen to serve its call.

    While `scope` is tight, that is the first of `to` that can serve it. Where none can, the call goes on with
    the model that it has by the ordinary rules, or is `refused`, if it would be by others. Without `is_tight`
    it is to be as the call has asked, or as its conversation is served.
    """

    def __init__(
        self, scope: Scope, to: tuple[str, ...], refused: RefusedError | None = None, *, is_tight: bool = True
    ) -> None:
        super().__init__(f"{scope.key_id} has the call served by another model")
        self.scope = scope
        self.to = to
        self.refused = refused
        self.is_tight = is_tight


class Switched(NamedTuple):
    """That a call of `model` is served by another one, by the rules of a scope that was found to be tight."""

    scope_id: str
    model: str
    instead: str


# More ancestors than any configuration allows: a guard against a cycle.
MAX_SCOPES = 32


class FurtherModel(NamedTuple):
    """A model that a request names besides its own: `param` is the member that does."""

    name: str
    safety_level: int
    param: str


@dataclass(frozen=True, slots=True)
class Admission:
    """A request that asks to be let through.

    `model` is the name that the client sent, None if it asks for none, `safety_level` the model's; `is_free`
    says that the model's price is zero, which passes even an exhausted budget; `hold_until` is when the hold
    expires, later than the longest request can end. The key and its ancestors must allow each of the
    `further_models`, too. One that isn't `recorded` leaves no record: it costs nothing by its kind.
    `switching` says who may have another model serve it than `model`. That may be another one than was asked
    for already: for the sake of scopes that it was found to be `tight_at`, or of those (`reserved_at`) that
    keep what is left for requests of other keys.
    """

    request_id: str
    key_id: str
    secret_hash: str = field(repr=False)
    model: str | None
    safety_level: int
    kind: RecordKind
    demand: Demand
    is_free: bool
    streamed: bool
    at: datetime
    hold_until: datetime
    further_models: tuple[FurtherModel, ...] = ()
    recorded: bool = True
    switching: Switching = Switching.NEVER
    tight_at: tuple[Switched, ...] = ()
    reserved_at: frozenset[str] = frozenset()

    @property
    def highest_safety_level(self) -> int:
        return max([self.safety_level, *(each.safety_level for each in self.further_models)])

    def own_hold(self, attempt: HoldAttempt) -> Hold:
        if not self.recorded or self.model is None:
            return self._hold(attempt)
        call = HeldCall(
            model=self.model,
            kind=self.kind,
            price_version=self.demand.prices[0].id,
            prompt_tokens=self.demand.prompt_tokens,
            input_cost=attempt.tariff.charged(
                money.total([self.demand.input_cost(attempt.tariff.factor), self.demand.spent])
            ),
            streamed=self.streamed,
            price_factor=attempt.tariff.factor,
        )
        return replace(self._hold(attempt), call=call)

    def ancestors_hold(self, attempt: HoldAttempt) -> Hold:
        return replace(self._hold(attempt), key_id=self.key_id)

    def _hold(self, attempt: HoldAttempt) -> Hold:
        hold = Hold(attempt.claim.amount, attempt.claim.tokens, attempt.at, self.hold_until)
        reservation = attempt.reservation
        if reservation is None:
            return hold
        amount = money.difference(hold.amount, reservation.total)
        return replace(hold, amount=amount, reserved=reservation.amounts)


@dataclass(frozen=True, slots=True)
class HoldAttempt:
    """One try to open a hold on a scope.

    `tariff` is what the claim rests on, `priority` that of the request's key, as soon as
    that is known. With an `advance` the write also stores what time has made of the scope. `known` is the
    scope as it was seen, if it has policies (`Scope.has_policies`): what they compare with was worked out
    from it, and the write requires that it is of the same revision. Without it the write requires that the
    scope has none. With a `reservation` a part of the claim is reserved of packs.
    """

    claim: Claim
    tariff: Tariff
    at: datetime
    priority: Priority = Priority.NORMAL
    advance: Advance | None = None
    known: Scope | None = None
    reservation: Reservation | None = None

    @property
    def known_present(self) -> Scope | None:
        """The `known` scope as time has made it."""
        return self.advance.after if self.known and self.advance else self.known

    def further_up(self, scope: Scope, *, own: bool) -> HoldAttempt:
        """What is tried above a scope that has let it in: of others nothing is known yet."""
        priority = scope.priority if own else self.priority
        return replace(self, priority=priority, advance=None, known=None, reservation=None)


@dataclass(frozen=True, slots=True)
class ScopeHold:
    """A scope as the admission left it, and the request's hold on it.

    `in_doubt`: the write was sent more than once, and a late duplicate of it may still arrive.
    """

    scope: Scope
    hold: Hold
    in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class AdmittedRequest:
    """An admitted request: its holds from its key to the root, what it may use at most, and its tariff."""

    request_id: str
    opened: tuple[ScopeHold, ...]
    claim: Claim
    tariff: Tariff = AT_COST

    @property
    def scope(self) -> Scope:
        """The key's own."""
        return self.opened[0].scope

    @property
    def at(self) -> datetime:
        """The moment of admission, by which the request belongs to a window."""
        return self.opened[0].hold.at

    @property
    def scope_ids(self) -> tuple[str, ...]:
        return tuple(opened.scope.key_id for opened in self.opened)

    @property
    def billing_mode(self) -> BillingMode | None:
        """That of the nearest scope that sets one."""
        return inherited(opened.scope.billing_mode for opened in self.opened)

    @property
    def cost_centre(self) -> str | None:
        """That of the nearest scope that sets one."""
        return inherited(opened.scope.cost_centre for opened in self.opened)

    @property
    def limits_output(self) -> bool:
        """Whether a scope depends on the request's keeping to its claim."""
        return any(opened.scope.limits_output for opened in self.opened)

    def is_exceeded_by(self, cost: Decimal) -> bool:
        """Whether `cost` is more than a scope holds whose budget is hard."""
        return any(cost > opened.hold.held for opened in self.opened if opened.scope.has_hard_budget)


class NotExchangedError(Exception):
    """A request whose holds could not all be exchanged, and what it is `admitted` with since then.

    What kept it out is the cause: a `RefusedError`, a `DowngradeError` of a scope that has calls of the new
    model served by another one, or a failure.
    """

    def __init__(self, admitted: AdmittedRequest) -> None:
        super().__init__(f"{admitted.request_id} goes on as it was let in")
        self.admitted = admitted


def passing(request_id: str, key_id: str, secret_hash: str, at: datetime, hold_until: datetime) -> Admission:
    """What a request asks for that costs nothing by its kind: to be one of its minute's and of those open."""
    nothing = Demand((UNPRICED,), prompt_tokens=0, output_tokens=0, min_output_tokens=0)
    return Admission(
        request_id=request_id,
        key_id=key_id,
        secret_hash=secret_hash,
        model=None,
        safety_level=0,
        kind=RecordKind.COMPLETION,
        demand=nothing,
        is_free=True,
        streamed=False,
        at=at,
        hold_until=hold_until,
        recorded=False,
    )
