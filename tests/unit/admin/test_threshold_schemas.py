"""Alert thresholds on the wire."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from tollgate.ledger.thresholds import DEFAULT_THRESHOLDS, Level, Threshold
from tollgate_admin.alerts.threshold_schemas import Thresholds, from_bodies, to_bodies

ADAPTER: TypeAdapter[Any] = TypeAdapter(Thresholds)


def threshold(percent: object = 80, *notify: str, level: str = "warning", **more: object) -> dict[str, Any]:
    return {"percent": percent, "level": level, "notify": list(notify or ("owner",)), **more}


@pytest.mark.parametrize("thresholds", [(), DEFAULT_THRESHOLDS])
def test_thresholds_come_back_as_they_went(thresholds):
    wire = ADAPTER.dump_python(to_bodies(thresholds), mode="json")
    assert from_bodies(ADAPTER.validate_python(wire)) == thresholds


def test_owners_admins_and_others_can_be_told():
    sent = threshold(1000, "owner", "admin", "Team.Lead+alerts@mail.example.com", level="limit")
    assert from_bodies(ADAPTER.validate_python([sent])) == (
        Threshold(1000, Level.LIMIT, ("owner", "admin", "Team.Lead+alerts@mail.example.com")),
    )


INVALID = {
    "a percent of 0": ([threshold(0)], (0, "percent")),
    "a percent above 1000": ([threshold(1001)], (0, "percent")),
    "a part of a percent": ([threshold(80.5)], (0, "percent")),
    "a level that isn't there": ([threshold(80, level="mild")], (0, "level")),
    "nobody to tell": ([{**threshold(), "notify": []}], (0, "notify")),
    "eleven to tell": ([threshold(80, *(f"a{n}@example.com" for n in range(11)))], (0, "notify")),
    "one to tell twice": ([threshold(80, "owner", "owner")], (0, "notify")),
    "one to tell twice in other letters": (
        [threshold(80, "a@example.com", "A@Example.com")],
        (0, "notify"),
    ),
    "a recipient that isn't there": ([threshold(80, "owner", "boss")], (0, "notify", 1)),
    "a recipient in capitals": ([threshold(80, "Owner")], (0, "notify", 0)),
    "an address with a line's end": ([threshold(80, "a@example.com\n")], (0, "notify", 0)),
    "an address beyond what mail takes": ([threshold(80, f"{'a' * 250}@b.example")], (0, "notify", 0)),
    "an unknown field": ([threshold(sms=True)], (0, "sms")),
    "one percent twice": ([threshold(80), threshold(80)], ()),
    "descending percents": ([threshold(90), threshold(80)], ()),
    "more than there is use for": ([threshold(percent) for percent in range(1, 22)], ()),
}


@pytest.mark.parametrize(("thresholds", "field"), INVALID.values(), ids=INVALID)
def test_thresholds_that_can_not_be_are_refused_naming_the_field(thresholds, field):
    with pytest.raises(ValidationError) as refused:
        ADAPTER.validate_python(thresholds)
    assert [fault["loc"] for fault in refused.value.errors()] == [field]


def test_ten_can_be_told_by_twenty_thresholds():
    ten = [f"a{number}@example.com" for number in range(10)]
    wire = [threshold(percent, *ten) for percent in range(1, 21)]
    assert [len(each.notify) for each in from_bodies(ADAPTER.validate_python(wire))] == [10] * 20
