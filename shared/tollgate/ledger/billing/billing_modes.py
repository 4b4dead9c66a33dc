"""How a key's costs are billed, and what happens when an included quota is used."""

from __future__ import annotations

from enum import StrEnum


class BillingMode(StrEnum):
    """Who bears the costs of a key, set on it or inherited; a root without one is `internal`.

    `internal`: a cost centre, which is shown what it spent. `external`: a customer, who is charged at the
    key's factor. `hybrid`: a customer whose quota is included, and what is metered beyond it is charged.
    """

    INTERNAL = "internal"
    EXTERNAL = "external"
    HYBRID = "hybrid"


class Overage(StrEnum):
    """What becomes of calls beyond an included quota: they are refused, or admitted and metered."""

    STOP = "stop"
    METERED = "metered"
