"""Options for the fields of a request's body: one for each, and --json-body for all of them at once."""

from __future__ import annotations

import functools
import inspect
import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from keyword import iskeyword
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer

from tollgate_cli.arguments.common_options import words_shown
from tollgate_cli.arguments.field_texts import factor, seconds, thresholds
from tollgate_cli.arguments.given_texts import given_json
from tollgate_cli.arguments.spans import day, moment_ahead
from tollgate_cli.output.failures import UsageError
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_Function = TypeVar("_Function", bound="Callable[..., Any]")
NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a body and its option: `budgetLimit` is --budget-limit.

    `kind` says how its text is read; see `KINDS`. `nullable`: `none` stands for null.
    """

    name: str
    kind: str
    help: str
    nullable: bool = False
    choices: tuple[str, ...] = ()
    option: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def parameter(self) -> str:
        name = snake(self.name)
        return f"{name}_" if iskeyword(name) else name

    @property
    def flag(self) -> str:
        """Its option on the command line."""
        return self.option or f"--{snake(self.name).replace('_', '-')}"


def snake(name: str) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in name)


def takes_body(
    fields: Sequence[Field], *, required: Sequence[str] = (), may_be_empty: bool = False
) -> Callable[[_Function], _Function]:
    """Gives a command the options of `fields` and --json-body, and hands it what they say as `body`.

    Raises `UsageError` for a value that can't be read, without `required` fields, and without any unless it
    `may_be_empty`.
    """

    def decorate(function: _Function) -> _Function:
        @functools.wraps(function)
        def run(*, json_body: str | None, **given: Any) -> Any:
            body = read_body(json_body)
            for field in fields:
                value = given.pop(field.parameter)
                if value is not None:
                    body[field.name] = parsed(field, value)
                    session().option_of_field[field.name] = field.flag
            _check(body, fields, required, may_be_empty=may_be_empty)
            return function(body=body, **given)

        own = inspect.signature(function, eval_str=True)
        parameters = [each for each in own.parameters.values() if each.name != "body"]
        parameters += [_parameter(field) for field in fields]
        parameters.append(_keyword("json_body", _JSON_BODY))
        keyword_only = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in parameters]
        run.__signature__ = own.replace(parameters=keyword_only)  # type: ignore[attr-defined]
        run.body_fields = tuple(fields)  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in keyword_only} | {"return": None}
        return run  # type: ignore[return-value]

    return decorate


def read_body(source: str | None) -> dict[str, Any]:
    """The object in a file, or from stdin for "-"; empty for None. Numbers keep their digits."""
    if source is None:
        return {}
    found = given_json(source)
    if not isinstance(found, dict):
        raise UsageError("--json-body must be a JSON object.")
    return found


def parsed(field: Field, value: Any) -> Any:
    """What the text, the texts or the flag of a field's option stand for."""
    if field.nullable and value in (NONE, [NONE]):
        return None
    try:
        if field.choices and value not in field.choices:
            raise ValueError(f"{value!r} is none of {', '.join(field.choices)}")
        return KINDS[field.kind](value)
    except ValueError as error:
        raise UsageError(f"{field.flag}: {error}") from error


def money(text: str) -> str:
    """USD in plain digits; the API checks the bounds."""
    cleaned = text.removeprefix("$").replace(",", "")
    try:
        number = Decimal(cleaned)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or "e" in cleaned.lower():
        raise ValueError(f"{text!r} isn't an amount, such as 12.50")
    return cleaned


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} isn't a whole number") from None


def _mapping(texts: Sequence[str]) -> dict[str, str]:
    """`none` empties it."""
    if list(texts) == [NONE]:
        return {}
    pairs = [text.partition("=") for text in texts]
    wrong = [name for name, equals, _ in pairs if not equals or not name]
    if wrong:
        raise ValueError(f"{wrong[0]!r} isn't NAME=VALUE")
    return {name: value for name, _, value in pairs}


def _listed(texts: Sequence[str]) -> list[str]:
    """Several options, or one with commas; `none` empties it."""
    if list(texts) == [NONE]:
        return []
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


def _json(text: str) -> Any:
    """JSON, or of a file: @downgrade.json."""
    if text.startswith("@"):
        return given_json(text[1:])
    try:
        return json.loads(text, parse_float=str)
    except ValueError as error:
        raise ValueError(f"is no JSON: {error}") from error


KINDS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "text": str,
    "money": money,
    "decimal": factor,
    "integer": _integer,
    "boolean": bool,
    "choice": str,
    "moment": moment_ahead,
    "seconds": seconds,
    "day": day,
    "list": _listed,
    "mapping": _mapping,
    "thresholds": thresholds,
    "json": _json,
}
_METAVARS: Final = {
    "text": "TEXT",
    "money": "USD",
    "decimal": "NUMBER",
    "integer": "NUMBER",
    "moment": "WHEN",
    "seconds": "TIME",
    "day": "DAY",
    "list": "TEXT,...",
    "mapping": "NAME=VALUE",
    "thresholds": "PERCENT",
    "json": "JSON|@FILE",
}
_REPEATED: Final = {"list", "mapping", "thresholds"}
_JSON_BODY: Final = Annotated[
    str | None,
    typer.Option(
        "--json-body", metavar="FILE", help='The body as JSON, "-" for stdin; options come on top of it.'
    ),
]


def _parameter(field: Field) -> inspect.Parameter:
    help_text = f'{field.help} "none" removes it.' if field.nullable else field.help
    if field.kind == "boolean":
        flags = f"{field.flag}/--no-{field.flag.removeprefix('--')}"
        return _keyword(field.parameter, Annotated[bool | None, typer.Option(flags, help=help_text)])
    kind: Any = list[str] | None if field.kind in _REPEATED else str | None
    words = (*field.choices, NONE) if field.nullable else field.choices
    metavar = _METAVARS.get(field.kind, "")
    if field.choices:
        metavar, help_text = words_shown(words, help_text)
    completion = (lambda: list(words)) if field.choices else None
    option = typer.Option(
        field.flag, *field.aliases, metavar=metavar, help=help_text, autocompletion=completion
    )
    return _keyword(field.parameter, Annotated[kind, option])


def _keyword(name: str, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _check(
    body: Mapping[str, Any], fields: Sequence[Field], required: Sequence[str], *, may_be_empty: bool
) -> None:
    flags = {field.name: field.flag for field in fields}
    missing = [flags.get(name, name) for name in required if name not in body]
    if missing:
        raise UsageError(f"{' and '.join(missing)} must be given.")
    if fields and not body and not may_be_empty:
        raise UsageError("Nothing to change: give an option for a field.", ["--help lists them."])
