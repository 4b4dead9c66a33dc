"""Reserves and automatic increases on the wire."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from tollgate.ledger.policies import automatic_increase as increases
from tollgate.ledger.policies.automatic_increase import AutomaticIncrease
from tollgate.ledger.policies.priority_reserves import USUAL, ClassReserve, PriorityReserves, ReservePolicy
from tollgate.ledger.scopes import Priority
from tollgate_admin.web.wire_types import Amount, RequestModel

_ALL_PERCENT = 100
_Percent = Annotated[int, Field(ge=0, le=_ALL_PERCENT)]
_YEAR = 31_536_000


class ClassReserveBody(RequestModel):
    """Up to which percent of each budget a priority is let in, and what becomes of it beyond that.

    `shed` refuses it, `downgrade` has a cheaper model serve it, or refuses it where no rule of `downgrade`
    names one, `pass` lets it in.
    """

    up_to_percent: _Percent
    policy: ReservePolicy = ReservePolicy.SHED

    def to_reserve(self) -> ClassReserve:
        return ClassReserve(self.up_to_percent, self.policy)

    @classmethod
    def of(cls, reserve: ClassReserve) -> Self:
        return cls(up_to_percent=reserve.up_to_percent, policy=reserve.policy)


_LOW = ClassReserveBody.of(USUAL[Priority.LOW])
_NORMAL = ClassReserveBody.of(USUAL[Priority.NORMAL])
_HIGH = ClassReserveBody(up_to_percent=_ALL_PERCENT)


class PriorityReservesBody(RequestModel):
    """What a key keeps of its budgets for calls of higher priority; `critical` is let in to the end.

    With `pacingSlackPercent`, `low` is let in only while the quota's used share is at most that much ahead of
    its window's elapsed share.
    """

    low: ClassReserveBody = _LOW
    normal: ClassReserveBody = _NORMAL
    high: ClassReserveBody = _HIGH
    pacing_slack_percent: _Percent | None = None

    @model_validator(mode="after")
    def _keeps_for_higher_priorities(self) -> Self:
        percents = [each.up_to_percent for each in (self.low, self.normal, self.high)]
        if percents != sorted(percents):
            shown = ", ".join(map(str, percents))
            message = f"`upToPercent` must not be higher for a lower priority: low, normal, high are {shown}"
            raise ValueError(message)
        return self

    def to_reserves(self) -> PriorityReserves:
        classes = {Priority.LOW: self.low.to_reserve(), Priority.NORMAL: self.normal.to_reserve()}
        if self.high != _HIGH:
            classes[Priority.HIGH] = self.high.to_reserve()
        return PriorityReserves(classes, self.pacing_slack_percent)

    @classmethod
    def of(cls, reserves: PriorityReserves) -> Self:
        classes = {priority.value: ClassReserveBody.of(each) for priority, each in reserves.classes.items()}
        return cls(**classes, pacing_slack_percent=reserves.pacing_slack_percent)


class IncreaseStepBody(RequestModel):
    """A step's amount, in USD or in percent of the limit as it is without a raise: one of the two."""

    usd: Annotated[Amount, Field(gt=0)] | None = None
    percent: Annotated[int, Field(ge=1, le=1000)] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.usd is None) == (self.percent is None):
            message = "must have either `usd` or `percent`"
            raise ValueError(message)
        return self


class AutomaticIncreaseBody(RequestModel):
    """By how much, how often and for how long a key's limits are raised when `atPercent` of one is used.

    In effect while the key's priority is `high` or `critical`.
    """

    at_percent: Annotated[int, Field(ge=1, le=_ALL_PERCENT)] = increases.AT_PERCENT
    by: IncreaseStepBody
    max_total: Annotated[Amount, Field(gt=0)]
    times: Annotated[int, Field(ge=1, le=100)] = increases.TIMES
    ttl_seconds: Annotated[int, Field(ge=60, le=_YEAR)] = increases.TTL_SECONDS
    cooldown_seconds: Annotated[int, Field(ge=0, le=_YEAR)] = increases.COOLDOWN_SECONDS

    def to_increase(self) -> AutomaticIncrease:
        return AutomaticIncrease(
            usd=self.by.usd,
            percent=self.by.percent,
            max_total=self.max_total,
            at_percent=self.at_percent,
            times=self.times,
            ttl_seconds=self.ttl_seconds,
            cooldown_seconds=self.cooldown_seconds,
        )

    @classmethod
    def of(cls, increase: AutomaticIncrease) -> Self:
        return cls(
            at_percent=increase.at_percent,
            by=IncreaseStepBody(usd=increase.usd, percent=increase.percent),
            max_total=increase.max_total,
            times=increase.times,
            ttl_seconds=increase.ttl_seconds,
            cooldown_seconds=increase.cooldown_seconds,
        )
