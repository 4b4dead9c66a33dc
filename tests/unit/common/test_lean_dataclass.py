"""Dataclasses that are made in less time behave as the standard library's."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, field, fields, replace
from decimal import Decimal
from typing import Any

import pytest

from tollgate import lean_dataclass
from tollgate.pricing.bill import Breakdown, BreakdownLine


class Plain:
    """With each kind of field that there is use for."""

    name: str
    secret: str = field(repr=False)
    count: int = 1
    seen: list[int] = field(default_factory=list, compare=False)
    note: Any = field(default=None, hash=False)


class Child:
    """A field more than what it inherits."""

    size: int = 0


class ByName:
    count: int = 0
    name: str


class Empty:
    """Without fields."""


class Made:
    first: str
    second: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "second", self.first * 2)


class Named:
    name: str

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def __str__(self) -> str:
        return self.name


class Fixture:
    """One decorator's classes."""

    def __init__(self, decorator: Any) -> None:
        self._decorator = decorator

    def made(self, cls: type, **options: Any) -> Any:
        # Of a copy, as a decorator changes its class.
        copied = type(cls)(cls.__name__, cls.__bases__, _members(cls))
        return self._decorator(**{"frozen": True, "slots": True, **options})(copied)


def _members(cls: type) -> dict[str, Any]:
    return {name: value for name, value in vars(cls).items() if name not in ("__dict__", "__weakref__")}


@pytest.fixture(params=[dataclasses.dataclass, lean_dataclass.dataclass], ids=["standard", "lean"])
def decorated(request: pytest.FixtureRequest) -> Fixture:
    return Fixture(request.param)


def test_takes_its_fields_by_place_and_by_name(decorated: Fixture) -> None:
    made = decorated.made(Plain)
    assert made("a", "b", 2) == made(secret="b", name="a", count=2)
    assert made("a", "b").count == 1


@pytest.mark.parametrize("arguments", [(), ("a",), ("a", "b", 1, [], None, 5)])
def test_refuses_what_its_fields_are_not(decorated: Fixture, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError, match=r"Plain\.__init__\(\)"):
        decorated.made(Plain)(*arguments)


def test_makes_a_default_anew_for_each_instance(decorated: Fixture) -> None:
    made = decorated.made(Plain)
    assert made("a", "b").seen == []
    assert made("a", "b").seen is not made("a", "b").seen


def test_keeps_a_secret_to_itself(decorated: Fixture) -> None:
    assert repr(decorated.made(Plain)("a", "hidden")) == "Plain(name='a', count=1, seen=[], note=None)"


def test_is_equal_by_what_is_compared(decorated: Fixture) -> None:
    made = decorated.made(Plain)
    assert made("a", "b", 1, [1]) == made("a", "b", 1, [2])
    assert made("a", "b") != made("a", "c")
    assert made("a", "b") != decorated.made(Plain)("a", "b")
    assert made("a", "b") != "a"


def test_is_equal_to_what_holds_the_same(decorated: Fixture) -> None:
    made, nan = decorated.made(Named), float("nan")
    assert made(nan) == made(nan)


def test_is_hashed_by_what_is_compared(decorated: Fixture) -> None:
    made = decorated.made(Plain)
    assert hash(made("a", "b", 1, [1], "x")) == hash(made("a", "b", 1, [2], "y"))
    assert len({made("a", "b"), made("a", "b"), made("a", "c")}) == 2


def test_is_not_hashed_if_it_may_change(decorated: Fixture) -> None:
    made = decorated.made(Plain, frozen=False)("a", "b")
    made.name = "c"
    assert made.name == "c"
    with pytest.raises(TypeError, match="unhashable"):
        hash(made)


def test_cannot_be_changed(decorated: Fixture) -> None:
    made = decorated.made(Plain)("a", "b")
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'name'"):
        made.name = "c"
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'name'"):
        del made.name
    assert not hasattr(made, "__dict__")


def test_is_replaced_and_taken_apart(decorated: Fixture) -> None:
    made = decorated.made(Plain)("a", "b")
    assert replace(made, count=7).count == 7
    assert [each.name for each in fields(made)] == ["name", "secret", "count", "seen", "note"]
    assert dataclasses.asdict(made)["count"] == 1


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_is_copied(decorated: Fixture, copied: Any) -> None:
    made = decorated.made(Plain)("a", "b", seen=[1])
    assert copied(made) == made
    assert copied(made).seen == [1]


def test_goes_from_one_process_to_another() -> None:
    sent = Breakdown((BreakdownLine("input", 3, Decimal("0.5"), Decimal("1.5")),))
    assert pickle.loads(pickle.dumps(sent)) == sent  # noqa: S301 - of our own


def test_inherits(decorated: Fixture) -> None:
    child = type("Child", (decorated.made(ByName, kw_only=True),), _members(Child))
    made = decorated._decorator(frozen=True, slots=True)(child)
    assert repr(made(3, name="a")) == "Child(count=0, name='a', size=3)"
    assert made(3, name="a") != made(3, name="b")


def test_takes_by_name_what_is_to_be_given_by_name(decorated: Fixture) -> None:
    made = decorated.made(ByName, kw_only=True)
    assert made(name="a").count == 0
    with pytest.raises(TypeError):
        made(1, "a")


def test_may_have_no_fields(decorated: Fixture) -> None:
    made = decorated.made(Empty)
    assert made() == made()
    assert len({made(), made()}) == 1
    assert repr(made()) == "Empty()"


def test_sets_what_is_worked_out(decorated: Fixture) -> None:
    made = decorated.made(Made)("a")
    assert made.second == "aa"
    assert repr(made) == "Made(first='a')"


def test_leaves_methods_of_its_own(decorated: Fixture) -> None:
    assert repr(decorated.made(Named)("a")) == "<a>"
    assert str(decorated.made(Named)("a")) == "a"


def test_is_matched_by_place(decorated: Fixture) -> None:
    made = decorated.made(Plain)
    match made("a", "b", 3):
        case made(name, _, count):
            assert (name, count) == ("a", 3)


def test_wants_slots() -> None:
    with pytest.raises(TypeError, match="slots"):
        lean_dataclass.dataclass(frozen=True, slots=False)  # type: ignore[call-overload,unused-ignore]
