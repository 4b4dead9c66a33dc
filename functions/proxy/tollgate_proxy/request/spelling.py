"""What of a request's objects a provider's parser might read otherwise than Tollgate does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.request.member_names import DECLARED, declared_name, is_free_form

if TYPE_CHECKING:
    from collections.abc import Iterator

# An object's place: that of the object or list that it is in, and the name or number that it has there.
_Place = tuple["_Place", str | int] | None


class AmbiguousObject(dict[str, Any]):
    """An object with a name that occurs `twice`, or that is a declared one in another spelling."""

    __slots__ = ("twice",)
    twice: str | None


class AmbiguityWatch:
    """Makes a body's objects while it is read, and notes whether there are doubtful ones among them."""

    __slots__ = ("doubts",)

    def __init__(self) -> None:
        self.doubts = False

    def made(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """The object of these members. Free-form ones are made here, too: what is around isn't known yet."""
        members = dict(pairs)
        if len(members) == len(pairs) and (
            members.keys() <= DECLARED or not any(map(declared_name, members))
        ):
            return members
        self.doubts = True
        doubtful = AmbiguousObject(members)
        doubtful.twice = None if len(members) == len(pairs) else _first_twice(pairs)
        return doubtful


def _first_twice(pairs: list[tuple[str, Any]]) -> str:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            break
        seen.add(name)
    return name


def refuse_misread(members: dict[str, Any]) -> None:
    """Raises `RefusedError` for a doubtful object within a request's members, but not where all is free."""
    for place, found in _structure(members):
        if isinstance(found, AmbiguousObject):
            if found.twice is not None:
                path = _path((place, found.twice))
                message = f"The request body is not a valid JSON object: the member {path!r} occurs twice."
                raise RefusedError(Reason.INVALID_JSON, message, param=path)
            for name in found:
                refuse_other_spelling(name, place)


def refuse_other_spelling(name: str, place: _Place = None) -> None:
    """Raises `RefusedError` for a name that some parser might take for a declared one."""
    declared = declared_name(name)
    if declared is not None:
        path = _path((place, name))
        message = (
            f"Unknown member `{path}`; did you mean `{declared}`? Tollgate rejects it because some "
            f"providers would read it as `{declared}`."
        )
        raise RefusedError(Reason.UNKNOWN_MEMBER, message, param=path)


def _structure(members: dict[str, Any]) -> Iterator[tuple[_Place, dict[str, Any]]]:
    """The objects whose names have a meaning, without recursion, which deep nesting could exhaust."""
    pending: list[tuple[_Place, Any]] = [(None, members)]
    while pending:
        place, part = pending.pop()
        if isinstance(part, dict):
            yield place, part
            for name, value in part.items():
                if isinstance(value, dict | list) and not is_free_form(name, part, at_top=place is None):
                    pending.append(((place, name), value))
        else:
            pending += [((place, n), each) for n, each in enumerate(part) if isinstance(each, dict | list)]


def _path(place: _Place) -> str:
    """As in `tools[0].max_uses`; a name that can't be shown is shown as JSON."""
    steps: list[str] = []
    while place is not None:
        place, step = place
        if isinstance(step, int):
            steps.append(f"[{step}]")
        else:
            steps.append(f".{step if step.isprintable() else json.dumps(step)}")
    return "".join(reversed(steps)).removeprefix(".")
