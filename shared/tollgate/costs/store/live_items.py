"""Live sums: what one shard of the usage table's stream has added to a day.

Each is an item that no other shard writes, so that its writers never meet. `mark` is the sequence number of
the shard's last record in it: what comes again lies at or below it. A day has a partition for keys, with what
is below them, and one for each other kind, in which items are sorted by their names.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tollgate.costs.aggregates import ALL, Dimension, LiveKind
from tollgate.costs.store import cost_items

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tollgate.aws.dynamodb import Item
    from tollgate.costs.aggregates import LiveSum

# A value, and what it is within.
SumKey = tuple[str, str]

# U+001F separates units: https://www.unicode.org/charts/PDF/U0000.pdf
_SEPARATOR = "\x1f"
_BELOW = "/below"
# Begins what stands for a name. No name that is stored as it is has it in it.
_STANDS_FOR = "\x1e"
# A sort key has 1,024 bytes, for three names, a shard (65 at most) and what is between them.
_MAX_NAME = 250
_KEPT = 40
# A stream's sequence numbers have up to 40 digits: two more than DynamoDB's numbers.
_DIGITS = 40


@dataclass(frozen=True, slots=True)
class LiveSource:
    """The live sums that a dimension follows from, and which of their names are its value and within what.

    `value` is None where there is only one, of all requests.
    """

    kind: LiveKind
    value: int | None
    within: int | None = None

    def sum_key(self, names: tuple[str, ...]) -> SumKey:
        value = ALL if self.value is None else names[self.value]
        return value, "" if self.within is None else names[self.within]

    def beginning(self, *, value: str = "", within: str = "") -> str:
        """What sort keys begin with of all that belongs to a value, to what it is within, or to both."""
        known = {self.value: value, self.within: within}
        leading: list[str] = []
        while known.get(len(leading)):
            leading.append(known[len(leading)])
        return _joined(leading)


SOURCES = {
    Dimension.TOTAL: LiveSource(LiveKind.OWNER, None),
    Dimension.KEY: LiveSource(LiveKind.KEY, 0),
    Dimension.SCOPE: LiveSource(LiveKind.KEY, 0),
    Dimension.MODEL: LiveSource(LiveKind.OWNER, 1),
    Dimension.PROVIDER: LiveSource(LiveKind.OWNER, 2),
    Dimension.OWNER: LiveSource(LiveKind.OWNER, 0),
    Dimension.TAG: LiveSource(LiveKind.TAG, 0),
    Dimension.KEY_MODEL: LiveSource(LiveKind.KEY, 1, within=0),
    Dimension.SCOPE_MODEL: LiveSource(LiveKind.KEY, 1, within=0),
    Dimension.MODEL_KEY: LiveSource(LiveKind.KEY, 0, within=1),
    Dimension.OWNER_KEY: LiveSource(LiveKind.KEY, 0, within=2),
    Dimension.OWNER_MODEL: LiveSource(LiveKind.OWNER, 1, within=0),
    Dimension.COST_CENTRE: LiveSource(LiveKind.CENTRE, 0),
    Dimension.CENTRE_KEY: LiveSource(LiveKind.CENTRE, 1, within=0),
    Dimension.CENTRE_MODEL: LiveSource(LiveKind.CENTRE, 2, within=0),
    Dimension.BILLED: LiveSource(LiveKind.BILLED, 0),
    Dimension.PACK: LiveSource(LiveKind.PACK, 1, within=0),
}


def partition(kind: LiveKind, day: str) -> str:
    stored_as = LiveKind.KEY if kind is LiveKind.BELOW else kind
    return f"live#{stored_as.value}#{day}"


def key(live: LiveSum, shard: str) -> Item:
    """A sum's item for a shard, on the wire."""
    place = shard + _BELOW if live.kind is LiveKind.BELOW else shard
    return cost_items.key(partition(live.kind, live.day), _joined(live.names) + place)


def full_names(live: LiveSum) -> Item | None:
    """A sum's names, on the wire, if they can't be read from the sort key."""
    if all(_stem(name) == name for name in live.names):
        return None
    return {"L": [{"S": name} for name in live.names]}


def names_of(stored: Mapping[str, Any]) -> tuple[str, ...]:
    if "full_names" in stored:
        return tuple(name["S"] for name in stored["full_names"]["L"])
    *names, _ = stored["dimension_value"]["S"].split(_SEPARATOR)
    return tuple(names)


def is_below(stored: Mapping[str, Any]) -> bool:
    """Whether an item is of what is below a key, and not of the key's own requests."""
    place: str = stored["dimension_value"]["S"]
    return place.endswith(_BELOW)


def projection() -> str:
    """The attributes that are read without detail."""
    return cost_items.projection(Dimension.KEY) + ", full_names"


def mark(sequence_number: str) -> str:
    """A sequence number so that marks compare as the numbers do."""
    return sequence_number.zfill(_DIGITS)


def _joined(names: Iterable[str]) -> str:
    return "".join(_stem(name) + _SEPARATOR for name in names)


def _stem(name: str) -> str:
    """A name, or something shorter that stands for it alone."""
    if len(name.encode()) <= _MAX_NAME and _SEPARATOR not in name and _STANDS_FOR not in name:
        return name
    shown = name[:_KEPT].replace(_SEPARATOR, " ")
    return f"{_STANDS_FOR}{shown} {hashlib.sha256(name.encode()).hexdigest()}"
