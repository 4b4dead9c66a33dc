"""The JSON Schema of the file, as it is shipped, and what it says is wrong with a file."""

from __future__ import annotations

import difflib
import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import jsonschema

from tollgate_cli.configuration.files.places import Fault, Places, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Schema = dict[str, Any]

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(
    rf"{_DAY.pattern}[Tt][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]+)?([Zz]|[+-][0-9]{{2}}:[0-9]{{2}})"
)
_TYPES: Final = {
    "object": "a mapping of fields",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
_EXAMPLES: Final = {"date-time": "2026-01-31T23:59:59Z", "date": "2026-01-31"}
_BOUNDS: Final = {
    "const": "must be {limit}, not {given}",
    "minimum": "must be at least {limit}, not {given}",
    "maximum": "must be at most {limit}, not {given}",
    **dict.fromkeys(("minLength", "minItems", "minProperties"), "is too short: at least {limit}"),
    **dict.fromkeys(("maxLength", "maxItems", "maxProperties"), "is too long: at most {limit}"),
}
_MAX_SHOWN: Final = 60
# Fields that somebody may have put a secret into, which no message may repeat.
_ABOUT_SECRETS: Final = {
    "apiKey": "must be {env: VARIABLE} or {ssm: PARAMETER}; the secret itself stands in no file",
    "secret": "must be {ssm: PARAMETER}; the secret itself stands in no file",
}


def text() -> str:
    """The schema as it is published."""
    return (
        resources.files("tollgate_cli.configuration.files")
        .joinpath("tollgate.schema.json")
        .read_text("utf-8")
    )


@cache
def schema() -> Schema:
    found: Schema = json.loads(text())
    return found


def resolved(part: Schema) -> Schema:
    """What a part refers to, or itself."""
    if "$ref" not in part:
        return part
    found: Schema = schema()["$defs"][part["$ref"].removeprefix("#/$defs/")]
    return found


def faults(value: Any, places: Places) -> list[Fault]:
    """All that the schema says of a file's value, in the order of its lines."""
    if not isinstance(value, dict):
        return [Fault("The file must be a mapping with `version` and `label`.", places.of())]
    found = [
        fault
        for error in _validator().iter_errors(value)
        for fault in _faults(error, places, tuple(error.absolute_path))
    ]
    return sorted(set(found), key=lambda fault: (fault.place is not None and fault.place.line, fault.message))


@cache
def _validator() -> Any:
    formats = jsonschema.FormatChecker(formats=())
    formats.checks("date-time")(_is_moment)
    formats.checks("date")(_is_day)
    kind = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": _pattern_faults})  # type: ignore[no-untyped-call]
    return kind(schema(), format_checker=formats)


def _pattern_faults(_validator: Any, pattern: str, given: Any, _schema: Any) -> Iterator[Any]:
    """Where `$` is the end alone, as JSON Schema has it; Python's is before a last line's end, too."""
    strict = f"{pattern[:-1]}\\Z" if pattern.endswith("$") else pattern
    if isinstance(given, str) and not re.search(strict, given):
        yield jsonschema.ValidationError("it doesn't match")


def _is_moment(given: object) -> bool:
    return not isinstance(given, str) or (bool(_MOMENT.fullmatch(given)) and _reads(datetime, given.upper()))


def _is_day(given: object) -> bool:
    return not isinstance(given, str) or (bool(_DAY.fullmatch(given)) and _reads(date, given))


def _reads(kind: type[date], given: str) -> bool:
    try:
        read = kind.fromisoformat(given)
        if isinstance(read, datetime):
            # The first and last hours of the calendar may not be in UTC's.
            read.astimezone(UTC)
    except (ValueError, OverflowError):
        return False
    return True


def _faults(error: Any, places: Places, path: tuple[str | int, ...]) -> Iterator[Fault]:
    for name in _ABOUT_SECRETS.keys() & {*path}:
        yield Fault(f"{written(path)}: {_ABOUT_SECRETS[str(name)]}", places.of(*path))
        return
    if error.validator == "anyOf":
        yield from _alternatives(error, places, path)
        return
    if error.validator == "additionalProperties":
        yield from _unknown(error, places, path)
        return
    field = written(path)
    message = _message(error)
    yield Fault(f"{field}: {message}" if field else message, places.of(*path))


def _alternatives(error: Any, places: Places, path: tuple[str | int, ...]) -> Iterator[Fault]:
    """What the type that was meant says; if none was, which there are."""
    nearer = [each for each in error.context if each.validator != "type" or each.relative_path]
    if nearer:
        for each in nearer:
            yield from _faults(each, places, (*path, *each.relative_path))
        return
    allowed = list(dict.fromkeys(_TYPES[name] for name in _types(error.schema["anyOf"])))
    message = f"must be {_either(allowed)}, not {_shown(error.instance)}{_hint(error.instance, allowed)}"
    yield Fault(f"{written(path)}: {message}", places.of(*path))


def _types(parts: Iterable[Schema]) -> Iterator[str]:
    for part in map(resolved, parts):
        if "anyOf" in part:
            yield from _types(part["anyOf"])
        else:
            yield part["type"]


def _unknown(error: Any, places: Places, path: tuple[str | int, ...]) -> Iterator[Fault]:
    known = list(error.schema.get("properties", {}))
    patterns = error.schema.get("patternProperties", {})
    for name in error.instance:
        if name in known or any(re.search(pattern, name) for pattern in patterns):
            continue
        if patterns:
            message = f"{written(path)}: the name {_shown(name)} must match {' or '.join(patterns)}"
        else:
            near = difflib.get_close_matches(name, known, n=1)
            message = f"there is no field `{written((*path, name))}`"
            message += f"; did you mean `{near[0]}`?" if near else ""
        yield Fault(message, places.of(*path, name))


def _message(error: Any) -> str:
    limit, given = error.validator_value, error.instance
    if error.validator == "required":
        missing = [f"`{name}`" for name in limit if name not in given]
        return f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"
    if error.validator == "type":
        return f"must be {_TYPES[limit]}, not {_shown(given)}{_hint(given, [_TYPES[limit]])}"
    if error.validator == "enum":
        return f"must be {_either([str(each) for each in limit])}, not {_shown(given)}"
    if error.validator == "format":
        return f"must be written like {_EXAMPLES[limit]}, not {_shown(given)}"
    said = _BOUNDS.get(error.validator, "must match {limit}, not {given}")
    shown = _plain(limit) if isinstance(limit, int | float) else limit
    return said.format(limit=shown, given=_shown(given))


def _hint(given: Any, allowed: list[str]) -> str:
    if "text" in allowed and not isinstance(given, dict | list) and given is not None:
        return "; put it in quotes"
    if "true or false" in allowed and given in {"yes", "no", "on", "off"}:
        return "; YAML 1.2 has `true` and `false` only"
    return ""


def _either(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return _TYPES["object" if isinstance(value, dict) else "array"]
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    shown = f"`{value}`" if isinstance(value, str) else _plain(value)
    return shown if len(shown) <= _MAX_SHOWN else f"{shown[:_MAX_SHOWN]}…"


def _plain(number: Any) -> str:
    return format(Decimal(str(number)).normalize(), "f")
