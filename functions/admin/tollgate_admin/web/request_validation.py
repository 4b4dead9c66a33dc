"""What a request must look like, whatever its route: its body's media type and JSON, and its query."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, get_args, get_origin

from tollgate_admin.web import problems
from tollgate_admin.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aws_lambda_powertools.event_handler import Response
    from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
    from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent
    from pydantic.fields import FieldInfo

    from tollgate_admin.web.resolver import Resolver

_JSON = "application/json"
_NO_JSON = "The request body is not valid JSON."
# They stand for nothing in a name or a tag, and break the lines of mails and of logs.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def well_formed(app: Resolver, following: NextMiddleware) -> Response[Any]:
    """Middleware: refuses a query with what the route doesn't know, and a body that isn't JSON."""
    route = app.present
    if route is not None:
        event = app.request.resolved_event
        _require_known(_given(event.raw_event), dict(route.query_fields()))
        media_type = (event.headers.get("content-type") or _JSON).partition(";")[0].strip().lower()
        if route.body is not None:
            if media_type != _JSON:
                raise not_json()
            _require_text(event)
    return following(app)


def not_json() -> ProblemError:
    return ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Set the header `Content-Type: {_JSON}`.")


def _require_text(event: BaseProxyEvent) -> None:
    """API Gateway hands on in base 64 what is no UTF-8."""
    try:
        _ = event.decoded_body
    except ValueError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, _NO_JSON) from error


def body(text: str) -> Any:
    """A request's body, an object or null.

    Numbers with a fraction are `Decimal`: a price must not pass through a float.
    Raises `ProblemError` for what isn't JSON, is no object, or holds text that can't be stored or shown.
    """
    try:
        read = json.loads(
            text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_with_distinct_names
        )
        faults = list(_unreadable(read, ()))
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, _NO_JSON) from error
    if read is not None and not isinstance(read, dict):
        raise problems.invalid("body", "must be an object")
    if faults:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "The request is not valid.", faults)
    return read


def _given(event: Mapping[str, Any]) -> dict[str, list[str]]:
    """The query, each name with all that it is given."""
    single: dict[str, str] = event.get("queryStringParameters") or {}
    return event.get("multiValueQueryStringParameters") or {name: [single[name]] for name in single}


def _require_known(given: dict[str, list[str]], known: dict[str, FieldInfo]) -> None:
    faults = []
    for name, values in given.items():
        if name not in known:
            faults.append((name, "is not a parameter of this route"))
        elif len(values) > 1 and not _is_repeatable(known[name].annotation):
            faults.append((name, "is given more than once"))
    if faults:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "The request is not valid.", faults)


def _is_repeatable(annotation: Any) -> bool:
    return any(get_origin(each) in {list, tuple} for each in (annotation, *get_args(annotation)))


def _no_number(name: str) -> Any:
    message = f"{name} is not JSON"
    raise ValueError(message)


def _with_distinct_names(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Of a name that is there twice, nobody could tell which value is meant."""
    read = dict(pairs)
    if len(read) < len(pairs):
        message = "a name occurs twice"
        raise ValueError(message)
    return read


def _unreadable(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Where text is that can't be stored or shown, and what is wrong; a name is its object's fault."""
    place = ".".join(path) or "body"
    if isinstance(value, str) and (fault := _fault(value)):
        yield place, fault
    if isinstance(value, dict):
        yield from ((place, fault) for fault in filter(None, map(_fault, value)))
        for name, within in value.items():
            yield from _unreadable(within, (*path, name))
    if isinstance(value, list):
        for number, within in enumerate(value):
            yield from _unreadable(within, (*path, str(number)))


def _fault(text: str) -> str | None:
    if _CONTROL.search(text):
        return "must not contain control characters"
    try:
        text.encode()
    except UnicodeEncodeError:
        # JSON can escape one half of a pair that stands for a character.
        return "must be Unicode text"
    return None
