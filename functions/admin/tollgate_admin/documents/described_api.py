"""What an OpenAPI document says of an API besides its routes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from tollgate_admin.web.resolver import Endpoint

Place = Callable[[Any, Literal["validation", "serialization"]], dict[str, Any]]
"""Where the schema of a type will stand: as it is taken, or as it is answered."""


def _no_paths(_place: Place) -> dict[str, dict[str, Any]]:
    return {}


def _not_public(_route: Endpoint) -> bool:
    return False


def _no_note(_route: Endpoint) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class DescribedApi:
    """`server` is where its paths begin, `error` the type of its errors, `error_type` their media type.

    `problems` says of each status what it means, `headers` what comes with it; `faults` which of them a route
    may have, given whether it is an edit of what has a revision. `note` is said below a route's description.
    `further` are operations, by path and method, that other code serves.
    """

    title: str
    description: str
    server: str
    security_schemes: Mapping[str, Any]
    error: Any
    error_type: str
    problems: Mapping[HTTPStatus, str]
    faults: Callable[[Endpoint, bool], Iterable[HTTPStatus]]
    headers: Mapping[HTTPStatus, Any]
    is_public: Callable[[Endpoint], bool] = _not_public
    note: Callable[[Endpoint], str] = _no_note
    further: Callable[[Place], dict[str, dict[str, Any]]] = _no_paths
