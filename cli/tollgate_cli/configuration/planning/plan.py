"""A plan: the changes that make a gateway have what files declare, as data."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tollgate_cli.configuration.declared_things import Kind, title

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_cli.configuration.declared_things import Declared
    from tollgate_cli.configuration.planning.key_steps import KeyStep

# What the API calls the label.
LABEL_FIELD = "managedBy"


class Action(StrEnum):
    CREATE = "create"
    EDIT = "edit"
    # A key's secret is issued anew, because nothing is where the file wants it.
    ISSUE = "issue"
    DELETE = "delete"
    REVOKE = "revoke"


class Secret(StrEnum):
    """What is known of a provider's key without seeing it: whether it is that of the file."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field before and after. Of a secret it is said where it is, never what."""

    name: str
    before: Any
    after: Any
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One thing's change. `revision` is the one that the plan was made from, which the change requires."""

    kind: Kind
    name: str
    action: Action
    fields: tuple[FieldChange, ...] = ()
    id: str = ""
    revision: int | None = None
    declared: Declared | None = None
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return title(self.kind, self.name)

    @property
    def named(self) -> dict[str, Any]:
        """The changed fields as they shall be; a secret's says where it is."""
        return {each.name: each.after for each in self.fields}


@dataclass(frozen=True, slots=True)
class Comparisons:
    """What only asking elsewhere tells: how secrets compare, and why some don't.

    `providers` by their names; `stored` says of a key whether its secret is where the file wants it.
    """

    providers: Mapping[str, Secret] = field(default_factory=dict)
    stored: Mapping[str, bool] = field(default_factory=dict)
    not_compared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """`changes` are in the order in which they are shown, which is the one of the files.

    `key_steps` are those of the keys' changes in the order in which they are made.

    `unlabelled` are things that the files declare and that carry no label: those that the plan changes are in
    `contested` as well, because they could be somebody else's.
    """

    label: str
    changes: tuple[Change, ...] = ()
    key_steps: tuple[KeyStep, ...] = ()
    notes: tuple[str, ...] = ()
    not_compared: tuple[str, ...] = ()
    unlabelled: tuple[str, ...] = ()
    contested: tuple[str, ...] = ()

    @property
    def counts(self) -> Counter[Action]:
        return Counter(change.action for change in self.changes)
