"""Downgrades on the wire: which models are served by which while a budget is tight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from tollgate.ledger.policies.downgrades import ENTER_PERCENT, EXIT_PERCENT, Downgrade, DowngradeRule
from tollgate_admin.web.wire_types import RequestModel, SystemName

if TYPE_CHECKING:
    from collections.abc import Iterable


def _require_distinct(names: Iterable[str], what: str) -> None:
    names = list(names)
    if len(set(names)) < len(names):
        message = f"{what} must be distinct"
        raise ValueError(message)


def _distinct(names: list[str]) -> list[str]:
    _require_distinct(names, "models")
    return names


class DowngradeRuleBody(RequestModel):
    """Calls of the model `from` are served by the first of `to` that can serve them."""

    from_model: Annotated[SystemName, Field(alias="from")]
    to: Annotated[list[SystemName], Field(min_length=1, max_length=5), AfterValidator(_distinct)]

    @model_validator(mode="after")
    def _leads_elsewhere(self) -> Self:
        if self.from_model in self.to:
            message = "a model can't be served by itself instead"
            raise ValueError(message)
        return self


def _one_a_model(rules: list[DowngradeRuleBody]) -> list[DowngradeRuleBody]:
    _require_distinct((rule.from_model for rule in rules), "models in `from`")
    return rules


class DowngradeBody(RequestModel):
    """Cheaper models for calls of a key, and of keys below it, while one of its budgets is tight.

    It is tight from `enterPercent` of a budget on, until less than `exitPercent` of each is used.
    """

    rules: Annotated[
        list[DowngradeRuleBody], Field(min_length=1, max_length=20), AfterValidator(_one_a_model)
    ]
    enter_percent: Annotated[int, Field(ge=1, le=100)] = ENTER_PERCENT
    exit_percent: Annotated[int, Field(ge=1, le=100)] = EXIT_PERCENT
    switch_conversations: bool = False

    @model_validator(mode="after")
    def _ends_below_its_beginning(self) -> Self:
        if self.exit_percent >= self.enter_percent:
            message = f"`exitPercent`, {EXIT_PERCENT} if left out, must be less than `enterPercent`"
            raise ValueError(message)
        return self

    def to_downgrade(self) -> Downgrade:
        return Downgrade(
            rules=tuple(DowngradeRule(rule.from_model, tuple(rule.to)) for rule in self.rules),
            enter_percent=self.enter_percent,
            exit_percent=self.exit_percent,
            switch_conversations=self.switch_conversations,
        )

    @classmethod
    def of(cls, downgrade: Downgrade) -> Self:
        return cls(
            rules=[DowngradeRuleBody(from_model=rule.model, to=list(rule.to)) for rule in downgrade.rules],
            enter_percent=downgrade.enter_percent,
            exit_percent=downgrade.exit_percent,
            switch_conversations=downgrade.switch_conversations,
        )
