"""What the files say, in the form in which it is compared with what the gateway has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tollgate_cli.configuration.files.places import Place, Places

# Fields by their names in the file, with canonical values (`canonical.value`).
Fields = Mapping[str, Any]


class Kind(StrEnum):
    """What a file declares things of, in the order in which changes of them are made."""

    SETTINGS = "settings"
    ALERTS = "alerts"
    PROVIDER = "provider"
    MODEL = "model"
    KEY = "key"


# The section of the file, the schema's name, and the field that tells one thing from another.
SECTIONS: Final = {
    Kind.SETTINGS: "settings",
    Kind.ALERTS: "alerts",
    Kind.PROVIDER: "providers",
    Kind.MODEL: "models",
    Kind.KEY: "keys",
}
SCHEMAS: Final = {
    Kind.SETTINGS: "Settings",
    Kind.ALERTS: "Alerts",
    Kind.PROVIDER: "Provider",
    Kind.MODEL: "Model",
    Kind.KEY: "Key",
}
IDENTITIES: Final = {Kind.PROVIDER: "name", Kind.MODEL: "systemName", Kind.KEY: "externalId"}


@dataclass(frozen=True, slots=True)
class Declared:
    """A thing of the files; `fields` are those that they name, without the one that is its name."""

    kind: Kind
    name: str
    fields: Fields
    places: Places

    @property
    def place(self) -> Place:
        return self.places.of()

    @property
    def title(self) -> str:
        return title(self.kind, self.name)


@dataclass(frozen=True, slots=True)
class Configuration:
    """All that the files declare, under their label, in their order."""

    label: str
    things: tuple[Declared, ...] = field(default=())

    def of(self, kind: Kind) -> dict[str, Declared]:
        return {each.name: each for each in self.things if each.kind is kind}


def title(kind: Kind, name: str) -> str:
    """How a thing is called in plans and messages."""
    return f"{kind} {name}" if name else str(kind)
