"""Catalogs of one's own, for an import."""

from __future__ import annotations

from typing import Any, Final

from tollgate_cli.arguments.given_texts import given_json, named
from tollgate_cli.output.failures import UsageError

# What a catalog has for those who choose from it; an import takes the rest.
_NOT_IMPORTED: Final = "vendor"


def entries(source: str, vendor: str | None) -> list[dict[str, Any]]:
    """The models in a file, or from stdin for "-", of a vendor or of all. Numbers keep their digits.

    It is JSON: an array of models, or an object that has it in `models`. Raises `UsageError`.
    """
    found = given_json(source)
    models = found.get("models") if isinstance(found, dict) else found
    if not isinstance(models, list) or not all(
        isinstance(each, dict) and isinstance(each.get("systemName"), str) for each in models
    ):
        raise UsageError(f"{named(source)} is no catalog: an array of models, each with its systemName.")
    return [
        {name: value for name, value in each.items() if name != _NOT_IMPORTED}
        for each in models
        if vendor is None or each.get(_NOT_IMPORTED) == vendor
    ]
