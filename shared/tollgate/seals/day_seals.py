"""A day's seal: what was there that day, and the seal of the day before."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from tollgate.clock import from_rfc3339, rfc3339
from tollgate.lean_dataclass import dataclass
from tollgate.seals.canonical_items import canonical_bytes, canonical_json
from tollgate.seals.merkle_tree import leaf_hash

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

FORMAT = "tollgate-seal-1"
# In the place of the day before, in a chain's first seal.
NO_SEAL = "0" * 64


class SealError(ValueError):
    """What should be a seal is none. The message is a sentence."""


class Kind(StrEnum):
    """What is sealed: usage records, or changes of the audit."""

    USAGE = "usage"
    AUDIT = "audit"


class Section(StrEnum):
    """The trees of a seal. What was found of earlier days, written after these were sealed, is late."""

    USAGE = "usage"
    AUDIT = "audit"
    LATE_USAGE = "lateUsage"
    LATE_AUDIT = "lateAudit"

    @property
    def kind(self) -> Kind:
        return Kind.USAGE if self in {Section.USAGE, Section.LATE_USAGE} else Kind.AUDIT


OF_THE_DAY = {Kind.USAGE: Section.USAGE, Kind.AUDIT: Section.AUDIT}
LATE = {Kind.USAGE: Section.LATE_USAGE, Kind.AUDIT: Section.LATE_AUDIT}


class Name(NamedTuple):
    """An item's primary key: sort key first, by which leaves are ordered, then partition key.

    A record's is its request's id and its key's id, a change's its moment with its id, and what was changed.
    """

    sort: str
    partition: str


def leaf_of(kind: Kind, item: Mapping[str, Any]) -> bytes:
    """The leaf's hash of an item as DynamoDB's JSON has it; an item of one kind is none of another."""
    return leaf_hash(f"tollgate-{kind.value}-1\n".encode() + canonical_bytes(item))


@dataclass(frozen=True, slots=True)
class SealedPart:
    """One tree: how many leaves, the root, and the hash of what is known of its leaf lists (hexadecimal)."""

    size: int
    root: str
    lists: str


@dataclass(frozen=True, slots=True)
class Seal:
    """`previous` is the head of the day before. `list_size` is how many leaves a full leaf list has.

    `retention_days` is how long the day's records were to be kept when it was sealed: one that is missing
    sooner was removed.
    """

    stack: str
    day: date
    previous: str
    sealed_at: datetime
    retention_days: int
    list_size: int
    parts: Mapping[Section, SealedPart]

    def text(self) -> str:
        """Canonical JSON, which is what is hashed."""
        content = {
            "format": FORMAT,
            "stack": self.stack,
            "day": self.day.isoformat(),
            "previous": self.previous,
            "sealedAt": rfc3339(self.sealed_at),
            "retentionDays": self.retention_days,
            "listSize": self.list_size,
            "sections": {
                section.value: {"size": part.size, "root": part.root, "lists": part.lists}
                for section, part in self.parts.items()
            },
        }
        return canonical_json(content).decode()

    @property
    def head(self) -> str:
        """The hash that stands for this seal, and so for all before it (hexadecimal)."""
        return hashlib.sha256(b"\x02" + self.text().encode()).hexdigest()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `SealError`, also if the text isn't just what `text` makes of it."""
        try:
            content = json.loads(text)
            if content["format"] != FORMAT:
                raise SealError(f"The seal is of the format {content['format']}, which isn't known here.")
            found = cls(
                stack=str(content["stack"]),
                day=date.fromisoformat(content["day"]),
                previous=str(content["previous"]),
                sealed_at=from_rfc3339(content["sealedAt"]),
                retention_days=int(content["retentionDays"]),
                list_size=int(content["listSize"]),
                parts={section: _part(content["sections"][section.value]) for section in Section},
            )
            same = found.text() == text
        except SealError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
            raise SealError("The seal can't be read.") from error
        if not same or found.list_size < 1:
            raise SealError("The seal isn't written as seals are.")
        return found


def _part(content: Mapping[str, Any]) -> SealedPart:
    return SealedPart(int(content["size"]), str(content["root"]), str(content["lists"]))
