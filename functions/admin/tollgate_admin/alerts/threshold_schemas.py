"""Alert thresholds on the wire, as keys and the alerts' defaults have them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Self, TypeVar

from pydantic import AfterValidator, Field, StringConstraints

from tollgate.ledger.thresholds import Level, Threshold
from tollgate_admin.web import field_errors
from tollgate_admin.web.wire_types import ADDRESS, ADDRESS_LENGTH, RequestModel

DebounceSeconds = Annotated[int, Field(ge=0, le=31_536_000)]
_Who = Annotated[
    str,
    StringConstraints(
        pattern=field_errors.pattern(
            rf"^(owner|admin|{ADDRESS})$", "must be `owner`, `admin` or an e-mail address"
        ),
        max_length=ADDRESS_LENGTH,
    ),
]
_Names = TypeVar("_Names", bound=Iterable[str])


def distinct(names: _Names) -> _Names:
    """Mail systems tell no upper case from lower, whatever they may."""
    folded = [name.casefold() for name in names]
    if len(set(folded)) < len(folded):
        message = "must not contain duplicates"
        raise ValueError(message)
    return names


class ThresholdBody(RequestModel):
    """`notify` contains `owner`, `admin` or e-mail addresses."""

    percent: Annotated[int, Field(ge=1, le=1000)]
    level: Level
    notify: Annotated[list[_Who], Field(min_length=1, max_length=10), AfterValidator(distinct)]

    def to_threshold(self) -> Threshold:
        return Threshold(self.percent, self.level, tuple(self.notify))

    @classmethod
    def of(cls, threshold: Threshold) -> Self:
        return cls(percent=threshold.percent, level=threshold.level, notify=list(threshold.notify))


def _ascending(thresholds: tuple[ThresholdBody, ...]) -> tuple[ThresholdBody, ...]:
    percents = [each.percent for each in thresholds]
    if percents != sorted(set(percents)):
        message = "percents must be ascending and distinct"
        raise ValueError(message)
    return thresholds


Thresholds = Annotated[tuple[ThresholdBody, ...], Field(max_length=20), AfterValidator(_ascending)]


def from_bodies(bodies: Iterable[ThresholdBody]) -> tuple[Threshold, ...]:
    return tuple(each.to_threshold() for each in bodies)


def to_bodies(thresholds: Iterable[Threshold]) -> tuple[ThresholdBody, ...]:
    return tuple(ThresholdBody.of(each) for each in thresholds)
