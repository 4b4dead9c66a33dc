"""The generated modules' source, before it is formatted."""

from __future__ import annotations

import json
import keyword
import re
import textwrap
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from infra.client.operations import signature
from infra.client.record_types import Choice, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from infra.client.operations import Operation
    from infra.client.record_types import Type

_MADE: Final = "Made by `python -m infra.client`: not to be edited."
_PACKAGE: Final = "tollgate_client.generated"
_WIDTH: Final = 104
_NAME: Final = re.compile(r"[A-Za-z_]\w*")


def all_types(homes: Mapping[str, str]) -> str:
    listed = "".join(f"    {json.dumps(name)},\n" for name in sorted(homes))
    imports = "".join(_imported(homes, homes, None))
    return (
        f'"""The types of what operations take and answer. {_MADE}"""\n\n{imports}\n__all__ = [\n{listed}]\n'
    )


def types(where: str, own: Sequence[Type], homes: Mapping[str, str]) -> str:
    """A module of types; `homes` says in which module each type is."""
    choices = [each for each in own if isinstance(each, Choice)]
    records = _bases_first([each for each in own if isinstance(each, Record)])
    body = "\n".join(f"{each.name} = {each.kind}" for each in choices) + "\n\n"
    body += "\n\n".join(_record(each) for each in records) + "\n"
    used = set(_NAME.findall(body))
    if "Generic" in used:
        body = f'T = TypeVar("T")\n\n{body}'
        used.add("TypeVar")
    typing = sorted(used & {"Any", "Generic", "Literal", "NotRequired", "TypeVar", "TypedDict"})
    mentioned = {name for each in own for name in each.mentioned()}
    imports = "".join(_imported(mentioned, homes, where))
    about = "Types of several modules' operations" if where == "shared" else f"Types of {_title(where)}"
    head = f'"""{about}. {_MADE}"""\n\nfrom __future__ import annotations\n\n'
    return f"{head}from typing import {', '.join(typing)}\n\n{imports}\n{body}"


def operations(where: str, methods: Sequence[Operation], homes: Mapping[str, str]) -> str:
    """A module of operations, a method each."""
    body = "\n\n".join(_method(each) for each in methods)
    used = set().union(*(each.mentioned() for each in methods))
    lines = []
    if typing := sorted(used & {"Any", "Literal"}):
        lines.append(f"    from typing import {', '.join(typing)}\n\n")
    lines += [f"    {line}" for line in _imported(used, homes, None)]
    if "Page" in used:
        lines.append("    from tollgate_client.paging import Page\n")
    if "TextStream" in used:
        lines.append("    from tollgate_client.text_stream import TextStream\n")
    return (
        f'"""Operations of {_title(where)}. {_MADE}"""\n\n'
        '# mypy: disable-error-code="no-any-return"\n\n'
        "from __future__ import annotations\n\nfrom typing import TYPE_CHECKING\n\n"
        "from tollgate_client.api_client import ApiClient\n\nif TYPE_CHECKING:\n"
        + "".join(lines)
        + f"\n\nclass {_class_name(where)}(ApiClient):\n{body}\n"
    )


def apis(sections: Mapping[str, Sequence[str]]) -> str:
    """The module that puts the operations of each API together."""
    imports = "".join(
        f"from {_PACKAGE}.operations.{where}_operations import {_class_name(where)}\n"
        for where in sorted({each for found in sections.values() for each in found})
    )
    admin = ", ".join(_class_name(where) for where in sorted(sections["admin"]))
    client = ", ".join(_class_name(where) for where in sorted(sections["client"]))
    return (
        f'"""All operations of each API. {_MADE}"""\n\nfrom __future__ import annotations\n\n{imports}\n\n'
        f'class AdminApi({admin}):\n    """The admin API."""\n\n\n'
        f'class SelfServiceApi({client}):\n    """Self-service."""\n'
    )


def _imported(names: Iterable[str], homes: Mapping[str, str], here: str | None) -> list[str]:
    by_module: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        if name in homes and homes[name] != here:
            by_module[homes[name]].append(name)
    return [
        f"from {_PACKAGE}.types.{where}_types import {', '.join(sorted(found))}\n"
        for where, found in sorted(by_module.items())
    ]


def _bases_first(found: Sequence[Record]) -> list[Record]:
    ordered: list[Record] = []
    left = list(found)
    while left:
        waiting = {each.name for each in left}
        ready = [each for each in left if each.base not in waiting]
        ordered += ready
        left = [each for each in left if each not in ready]
    return ordered


def _record(record: Record) -> str:
    odd = {name: field for name, field in record.fields.items() if keyword.iskeyword(name)}
    fields = {name: field for name, field in record.fields.items() if name not in odd}
    no_less = bool(fields) and not any(field.required for field in fields.values())
    bases = [record.base] if record.base else []
    before = ""
    if odd:
        members = ", ".join(f'"{name}": {_keyed(field.kind, field.required)}' for name, field in odd.items())
        before = f'_{record.name} = TypedDict("_{record.name}", {{{members}}})\n\n\n'
        bases.append(f"_{record.name}")
    bases = bases or ["TypedDict"]
    if record.generic:
        bases.append("Generic[T]")
    if no_less:
        bases.append("total=False")
    lines = [f"    {name}: {_held(field.kind, field.required or no_less)}" for name, field in fields.items()]
    about = _docstring(record.about)
    return (
        f"{before}class {record.name}({', '.join(bases)}):\n{about}"
        + "\n".join(lines or ([] if about else ["    pass"]))
        + "\n"
    )


def _held(kind: str, required: bool) -> str:
    return kind if required else f"NotRequired[{kind}]"


def _keyed(kind: str, required: bool) -> str:
    """As a value, where what it names may not be there yet."""
    held = _held(kind, required)
    return held if held in {"str", "int", "bool"} else f'"{held}"'


def _method(operation: Operation) -> str:
    called = [json.dumps(operation.method)] if operation.media is None else []
    called += [json.dumps(operation.path), *operation.ids]
    if operation.media is not None:
        called.append(f"accept={json.dumps(operation.media)}")
    if operation.query:
        given = ", ".join(f"{json.dumps(each.wire)}: {each.name}" for each in operation.query)
        called.append(f"query={{{given}}}")
    if operation.body is not None:
        called.append("body=body")
    if operation.if_match:
        called.append("if_match=if_match")
    call = f"self.{'_json' if operation.media is None else '_text'}({', '.join(called)})"
    answered = call if operation.answer == "None" else f"return {call}"
    return (
        f"    def {operation.name}({signature(operation)}) -> {operation.answer}:\n"
        f"{_docstring(operation.about, 8)}        {answered}\n"
    )


def _docstring(text: str, indent: int = 4) -> str:
    if not text:
        return ""
    space = " " * indent
    paragraphs = [" ".join(each.split()) for each in text.split("\n\n")]
    if len(paragraphs) == 1 and len(paragraphs[0]) <= _WIDTH - indent - 3:
        return f'{space}"""{paragraphs[0]}"""\n'
    wrapped = "\n\n".join(
        textwrap.fill(each, _WIDTH, initial_indent=space, subsequent_indent=space) for each in paragraphs
    )
    return f'{space}"""{wrapped.lstrip()}\n{space}"""\n\n'


def _title(where: str) -> str:
    return where.replace("_", " ")


def _class_name(where: str) -> str:
    return "".join(part.capitalize() for part in where.split("_")) + "Operations"
