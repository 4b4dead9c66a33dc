"""Rows as the APIs answer them, for what shows them: the plainest ones of the documents, filled in."""

from __future__ import annotations

from typing import Any

from tests.support.api_operations import documents
from tests.support.schema_samples import sample


def row(schema: str, api: str = "admin", /, **fields: Any) -> dict[str, Any]:
    """The plainest object of a schema of a document, with these fields in place of its own."""
    document = documents()[api]
    found: dict[str, Any] = sample(document["components"]["schemas"][schema], document)
    unknown = set(fields) - set(found)
    assert not unknown, f"{schema} has no {unknown}"
    return {**found, **fields}
