"""The types that operations take and answer: records, and names for choices of texts."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from infra.client import schema_names
from infra.client.type_expressions import expression, literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from infra.client.api_documents import Api

# pydantic's names of a generic's uses: Page_KeyView_, with the title Page[KeyView].
_USE: Final = re.compile(r"([A-Za-z]+)\[.*\]")
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
# Fewer fields in common are a coincidence.
_LEAST_SHARED: Final = 5


@dataclass(frozen=True)
class Field:
    kind: str
    required: bool


@dataclass(frozen=True)
class Record:
    """A TypedDict, of `T` if it is generic. `base` is a record whose fields it has, too."""

    name: str
    about: str
    fields: Mapping[str, Field]
    generic: bool = False
    base: str | None = None

    def mentioned(self) -> set[str]:
        """All names in its types, and its base."""
        found = {name for field in self.fields.values() for name in _NAME.findall(field.kind)}
        return found | ({self.base} if self.base else set())


@dataclass(frozen=True)
class Choice:
    """A Literal."""

    name: str
    kind: str

    def mentioned(self) -> set[str]:
        return set()


Type = Record | Choice


class Types:
    """Every schema's type, by its name; and how operations name a schema."""

    def __init__(self, apis: Iterable[Api]) -> None:
        apis = tuple(apis)
        self._names = schema_names.names(apis)
        self._uses: dict[schema_names.Key, str] = {}
        self.by_name: dict[str, Type] = {}
        for api in apis:
            for raw, schema in api.schemas.items():
                self._add(api, raw, schema)

    def name_of(self, api: Api) -> Callable[[str], str]:
        """Gives the type of a schema by its name in this API's document."""

        def found(raw: str) -> str:
            use = _USE.fullmatch(api.schemas[raw].get("title", ""))
            if use is None:
                return self._names[api.name, raw]
            return f"{use[1]}[{_parameter(self._fields(api, api.schemas[raw]))}]"

        return found

    def _add(self, api: Api, raw: str, schema: Mapping[str, Any]) -> None:
        name = self._names[api.name, raw]
        if "enum" in schema:
            self.by_name[name] = Choice(name, literal(schema["enum"]))
            return
        fields, about = self._fields(api, schema), schema.get("description", "")
        if (use := _USE.fullmatch(schema.get("title", ""))) is None:
            self.by_name[name] = Record(name, about, fields)
            return
        made = Record(use[1], about, _generalised(fields), generic=True)
        if self.by_name.setdefault(made.name, made) != made:
            raise ValueError(f"The uses of {made.name} differ in more than one type.")

    def _fields(self, api: Api, schema: Mapping[str, Any]) -> dict[str, Field]:
        required = schema.get("required", ())
        return {
            field: Field(expression(each, self.name_of(api)), field in required)
            for field, each in schema["properties"].items()
        }


def _parameter(fields: Mapping[str, Field]) -> str:
    """What a generic record is used with: the type of its first field, or of that list's elements.

    Of a page, the rows; of a setting, its value.
    """
    first = next(iter(fields.items()))
    name, kind = first[0], first[1].kind
    return kind.removeprefix("list[").removesuffix("]") if name == "data" else kind


def _generalised(fields: Mapping[str, Field]) -> dict[str, Field]:
    used = _parameter(fields)
    general = {used: "T", f"list[{used}]": "list[T]"}
    return {name: replace(field, kind=general.get(field.kind, field.kind)) for name, field in fields.items()}


def with_bases(types: Mapping[str, Type]) -> dict[str, Type]:
    """The same, where a record that has all the fields of another is made of it."""
    records = [each for each in types.values() if isinstance(each, Record) and not each.generic]
    found = dict(types)
    for record in records:
        within = [each for each in records if _is_within(each, record)]
        if within:
            base = max(within, key=lambda each: (len(each.fields), each.name))
            own = {name: field for name, field in record.fields.items() if name not in base.fields}
            found[record.name] = replace(record, fields=own, base=base.name)
    return found


def _is_within(small: Record, large: Record) -> bool:
    if len(small.fields) < _LEAST_SHARED or small.name == large.name:
        return False
    # Of two that are the same, one is the base.
    if small.fields == large.fields and small.name > large.name:
        return False
    return small.fields.items() <= large.fields.items()
