"""The files that have the JSON Schema of `tollgate.yaml`: the one shipped and the one published."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from infra.client import configuration_schema
from infra.local.environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

FILES: Final = (
    ROOT / "cli" / "tollgate_cli" / "configuration" / "files" / "tollgate.schema.json",
    ROOT / "docs" / "tollgate.schema.json",
)


def text(document: Mapping[str, Any]) -> str:
    """The schema out of the admin API's OpenAPI document."""
    return json.dumps(configuration_schema.schema(document), indent=2, ensure_ascii=False) + "\n"


def write(wanted: str) -> list[str]:
    """Makes the files have a text; those that had another."""
    changed = [path for path in FILES if _content(path) != wanted]
    for path in changed:
        path.write_text(wanted)
    return [str(path.relative_to(ROOT)) for path in changed]


def _content(path: Path) -> str | None:
    return path.read_text() if path.exists() else None
