"""The generated files: what is in them, and whether those that there are are the same."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra.client import module_texts, record_types
from infra.client.operations import Operation, methods, section
from infra.local.environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.client.api_documents import Api

FOLDER: Final = ROOT / "cli" / "tollgate_client" / "generated"
_SHARED: Final = "shared"
# Written by hand, for `pages` knows it.
_BY_HAND: Final = frozenset({"Page"})


def generated(apis: Sequence[Api]) -> dict[str, str]:
    """The files' texts by their paths in FOLDER."""
    types = record_types.Types(apis)
    sections: defaultdict[str, list[Operation]] = defaultdict(list)
    api_sections: dict[str, list[str]] = {api.name: [] for api in apis}
    for api in apis:
        for method, path, described in api.operations():
            where = section(api, path)
            sections[where] += methods(api, types.name_of(api), method, path, described)
            if where not in api_sections[api.name]:
                api_sections[api.name].append(where)
    used = _reachable(types.by_name, sections)
    homes = _homes(used, sections)
    files = {
        "__init__.py": '"""Types and operations, made by `python -m infra.client`: not to be edited."""\n',
        "operations/__init__.py": '"""The operations, a module for each part of the paths."""\n',
        "types/__init__.py": module_texts.all_types(homes),
        "apis.py": module_texts.apis(api_sections),
    }
    for where in sorted(set(homes.values())):
        own = [used[name] for name, home in homes.items() if home == where]
        files[f"types/{where}_types.py"] = module_texts.types(where, own, homes)
    for where, operations in sections.items():
        files[f"operations/{where}_operations.py"] = module_texts.operations(where, operations, homes)
    return _formatted(files)


def write(files: Mapping[str, str]) -> list[str]:
    """Makes FOLDER hold these files and no others; the paths of those that weren't so."""
    there = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.py")}
    changed = [
        path for path, text in files.items() if path not in there or (FOLDER / path).read_text() != text
    ]
    for path in changed:
        (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / path).write_text(files[path])
    for path in there - files.keys():
        (FOLDER / path).unlink()
    return sorted([*changed, *(there - files.keys())])


def _reachable(
    types: Mapping[str, record_types.Type], sections: Mapping[str, list[Operation]]
) -> dict[str, record_types.Type]:
    """The types that operations need, made of each other where they share fields."""
    every = [each for operations in sections.values() for each in operations]
    names = _closed(types, {name for each in every for name in each.mentioned()})
    based = record_types.with_bases({name: types[name] for name in sorted(names)})
    return {name: each for name, each in based.items() if name not in _BY_HAND}


def _closed(types: Mapping[str, record_types.Type], names: set[str]) -> set[str]:
    """With all that they mention."""
    found: set[str] = set()
    left = names & types.keys()
    while left:
        found |= left
        left = ({name for each in left for name in types[each].mentioned()} & types.keys()) - found
    return found


def _homes(types: Mapping[str, record_types.Type], sections: Mapping[str, list[Operation]]) -> dict[str, str]:
    """Each type's module: the only one whose operations need it, or the shared one."""
    needed = {
        where: _closed(types, {name for each in operations for name in each.mentioned()})
        for where, operations in sections.items()
    }
    homes = {}
    for name in types:
        users = [where for where, names in needed.items() if name in names]
        homes[name] = users[0] if len(users) == 1 else _SHARED
    return homes


def _formatted(files: Mapping[str, str]) -> dict[str, str]:
    """As `make format` would leave them."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            (Path(folder) / path).parent.mkdir(exist_ok=True)
            (Path(folder) / path).write_text(text)
        for work in (["check", "--select", "I", "--fix"], ["format"]):
            ruff = [
                sys.executable,
                "-m",
                "ruff",
                *work,
                "--quiet",
                "--no-cache",
                "--config",
                "pyproject.toml",
            ]
            subprocess.run([*ruff, folder], cwd=ROOT, check=True)
        return {path: (Path(folder) / path).read_text() for path in files}
