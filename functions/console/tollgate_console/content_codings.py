"""Which of the codings that a file is there in a client takes (RFC 9110, 12.5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

IDENTITY: Final = "identity"
_ANY: Final = "*"
# The smallest first: of what a client likes as much, it gets the first.
_PREFERRED: Final = ("br", "gzip", IDENTITY)


def chosen(accepted: str, available: Collection[str]) -> str:
    """One of `available`, by the request's Accept-Encoding; identity if the client takes nothing else."""
    weights = _weights(accepted)

    def weight(coding: str) -> float:
        # Plain bytes are taken unless they are ruled out, and come last where nothing is said of them.
        return weights.get(coding, weights.get(_ANY, 0.001 if coding == IDENTITY else 0.0))

    best = max((each for each in _PREFERRED if each in available), key=weight, default=IDENTITY)
    return best if weight(best) > 0 else IDENTITY


def _weights(accepted: str) -> dict[str, float]:
    weights = {}
    for part in accepted.lower().split(","):
        coding, _, parameters = part.partition(";")
        name, _, value = parameters.strip().partition("=")
        if coding.strip():
            weights[coding.strip()] = _number(value) if name.strip() == "q" else 1.0
    return weights


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
