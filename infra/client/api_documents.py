"""Both OpenAPI documents, of this working tree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from infra.local.environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SOURCES: Final = (ROOT / "shared", ROOT / "functions" / "admin")
_METHODS: Final = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Api:
    """`name` is `admin` or `client`."""

    name: str
    document: Mapping[str, Any]

    @property
    def schemas(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.document["components"]["schemas"]
        return found

    def operations(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Method, path and description of each, in the document's order."""
        for path, item in self.document["paths"].items():
            for method in _METHODS:
                if method in item:
                    yield method.upper(), path, item[method]


def both() -> tuple[Api, Api]:
    """That of administrators, and that of keys' holders.

    Raises `subprocess.CalledProcessError` if the admin function can't be imported.
    """
    return Api("admin", _printed("admin")), Api("client", _printed("client"))


def _printed(name: str) -> Any:
    # In a process of its own: nothing but the admin function's folders is importable there.
    path = os.pathsep.join(map(str, _SOURCES))
    command = [sys.executable, "-m", "tollgate_admin", name]
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path})
    return json.loads(run.stdout)
