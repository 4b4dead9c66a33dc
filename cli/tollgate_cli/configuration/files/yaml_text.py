"""YAML as configuration needs it: what a reader sees is what is meant.

As YAML 1.2's core schema has it, `no` and `on` are text. Numbers keep their digits. What can surprise is
refused: names that occur twice, anchors and aliases (which can make a small file huge), tags, and several
documents.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

import yaml

from tollgate_cli.configuration.files.places import Fault, FaultyError, Path, Place, Places

MAX_BYTES: Final = 5_000_000
_MAX_DEPTH: Final = 40
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_TRUTHS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,40}")
_NUMBER: Final = re.compile(r"[-+]?(\.[0-9]{1,40}|[0-9]{1,40}(\.[0-9]{0,40})?)([eE][-+]?[0-9]{1,2})?")


def read(content: bytes, file: str) -> tuple[Any, Places]:
    """A file's value, with whole numbers as `int` and others as `Decimal`, and where its parts stand.

    Raises `FaultyError`.
    """
    text = _decoded(content, file)
    try:
        _require_plain(text, file)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise FaultyError([_syntax_fault(error, file)]) from None
    if node is None:
        raise FaultyError([Fault("The file is empty.", Place(file, 1))])
    reading = _Reading(file)
    value = reading.value(node, ())
    if reading.faults:
        raise FaultyError(reading.faults)
    return value, Places(file, reading.lines)


def _decoded(content: bytes, file: str) -> str:
    if len(content) > MAX_BYTES:
        raise FaultyError([Fault(f"The file is longer than {MAX_BYTES // 1_000_000} MB.", Place(file, 1))])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FaultyError([Fault("The file is not in UTF-8.", Place(file, line))]) from None


def _require_plain(text: str, file: str) -> None:
    """Raises `FaultyError`; looks at events one by one, before anything is built of them."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        place = Place(file, event.start_mark.line + 1 if event.start_mark else 1)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise FaultyError([Fault("Anchors (&) and aliases (*) are not taken: write it out.", place)])
        if tag := getattr(event, "tag", None):
            raise FaultyError([Fault(f"Tags ({tag}) are not taken.", place)])
        documents += isinstance(event, yaml.DocumentStartEvent)
        if documents > 1:
            raise FaultyError([Fault("A file has one document: put the second into another file.", place)])
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise FaultyError([Fault("This is nested too deeply.", place)])


def _syntax_fault(error: yaml.YAMLError, file: str) -> Fault:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it can't be read"
    return Fault(f"This is not YAML: {problem}.", Place(file, mark.line + 1 if mark else 1))


class _Reading:
    """Makes values of nodes, and notes where they are and what is wrong with them."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Path, int] = {}
        self.faults: list[Fault] = []

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(each, (*path, place)) for place, each in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, each in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self.faults.append(Fault("A field's name must be text.", Place(self.file, line)))
                continue
            if key.value in made:
                first = self.lines[*path, key.value]
                message = f"`{key.value}` is here twice: also in line {first}."
                self.faults.append(Fault(message, Place(self.file, line)))
                continue
            self.lines[*path, key.value] = line
            made[key.value] = self.value(each, (*path, key.value))
        return made


def is_not_text(plain: str) -> bool:
    """Whether something without quotes is read as null, a truth value or a number."""
    return not isinstance(_meant(plain), str)


def _scalar(node: Any) -> Any:
    return node.value if node.style is not None else _meant(node.value)


def _meant(text: str) -> Any:
    """What a scalar without quotes is."""
    if text in _NULLS:
        return None
    if text in _TRUTHS:
        return _TRUTHS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return Decimal(text) if _NUMBER.fullmatch(text) else text
