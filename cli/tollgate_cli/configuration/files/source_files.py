"""From files and folders to a configuration: read, checked against the schema, and added up."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tollgate_cli.configuration import canonical
from tollgate_cli.configuration.declared_things import IDENTITIES, SECTIONS, Configuration, Declared, Kind
from tollgate_cli.configuration.files import file_schema, references, yaml_text
from tollgate_cli.configuration.files.places import Fault, FaultyError, Place, Places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STDIN: Final = "-"
_ENDINGS: Final = frozenset({".yaml", ".yml"})


def load(sources: Iterable[str]) -> Configuration:
    """What files, folders (their *.yaml and *.yml) and `-` (stdin) declare together.

    Raises `FaultyError` with all that is wrong with any of them.
    """
    faults: list[Fault] = []
    labels: dict[str, Place] = {}
    things: list[Declared] = []
    for name, content in _contents(sources):
        try:
            value, places = yaml_text.read(content, name)
        except FaultyError as error:
            faults += error.faults
            continue
        wrong = file_schema.faults(value, places)
        faults += wrong
        if not wrong:
            labels.setdefault(value["label"], places.of("label"))
            things += _declared(value, places)
    faults += _of_labels(labels)
    if not faults:
        faults += references.faults(things)
    if faults:
        raise FaultyError(faults)
    (label,) = labels
    return Configuration(label, tuple(_merged(things)))


def _contents(sources: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Names and contents; a file that is named twice is read once."""
    seen = set()
    for source in sources:
        if source == STDIN:
            yield "(stdin)", sys.stdin.buffer.read(yaml_text.MAX_BYTES + 1)
            continue
        for path in _files(Path(source)):
            if path.resolve() not in seen:
                seen.add(path.resolve())
                yield str(path), _content(path)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(yaml_text.MAX_BYTES + 1)
    except OSError as error:
        raise FaultyError([Fault(f"{path} can't be read: {error.strerror}.")]) from None


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(
        each for each in path.iterdir() if each.suffix in _ENDINGS and not each.name.startswith(".")
    )
    if not found:
        raise FaultyError([Fault(f"The folder {path} has no *.yaml or *.yml.")])
    # A link in it may lead to a device, or to a terminal that is waited for.
    if others := [each for each in found if not each.is_file()]:
        raise FaultyError([Fault(f"{each} is no file.") for each in others])
    return found


def _of_labels(labels: dict[str, Place]) -> list[Fault]:
    if len(labels) <= 1:
        return []
    (first, where), *others = labels.items()
    return [Fault(f"The label is {label}, but {first} in {where}.", place) for label, place in others]


def _declared(value: dict[str, Any], places: Places) -> Iterator[Declared]:
    for kind, section in SECTIONS.items():
        if section not in value:
            continue
        if kind not in IDENTITIES:
            yield Declared(kind, "", canonical.fields(kind, value[section]), places.under(section))
            continue
        identity = IDENTITIES[kind]
        for place, each in enumerate(value[section]):
            named = canonical.fields(kind, {name: given for name, given in each.items() if name != identity})
            yield Declared(kind, each[identity], named, places.under(section, place))


def _merged(things: list[Declared]) -> Iterator[Declared]:
    """Sections that are there once for all files have the fields of all of them."""
    for kind in Kind:
        found = [each for each in things if each.kind is kind]
        if kind in IDENTITIES or not found:
            yield from found
            continue
        fields = {name: value for each in found for name, value in each.fields.items()}
        yield Declared(kind, "", fields, found[0].places)
