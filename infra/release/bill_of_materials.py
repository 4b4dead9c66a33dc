"""What functions, console and tools are made of, with versions and hashes: CycloneDX documents.

They are made from the files that installations go by, which name each package with its hash.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from infra.checks import check_programs
from infra.local.environment import ROOT, isolated
from infra.local.local_errors import UnavailableError
from infra.local.web.node import node
from tollgate import __version__

CONSOLE = ROOT / "functions/console/web"
# By the subject, the files that it is installed by.
PYTHON = {
    "functions": sorted(ROOT.glob("functions/*/requirements.txt")),
    "tools": sorted(ROOT.glob("requirements/*.txt")),
}
SUBJECTS = [*PYTHON, "console"]
_BUILDER = {"name": "cdx:npm:package:development", "value": "true"}
_SECONDS = 120


def write(folder: Path) -> list[Path]:
    """One file for each subject. Raises UnavailableError."""
    written = []
    for subject in SUBJECTS:
        path = folder / f"{subject}.cdx.json"
        path.write_text(json.dumps(document(subject), indent=2) + "\n")
        written.append(path)
    return written


def document(subject: str) -> dict[str, Any]:
    """Of one of SUBJECTS. Raises UnavailableError."""
    made = _of_console() if subject == "console" else _of_python(PYTHON[subject])
    made["metadata"]["component"] = {
        "type": "application",
        "bom-ref": f"tollgate-{subject}",
        "name": f"tollgate-{subject}",
        "version": __version__,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
    }
    return made


def _of_python(files: list[Path]) -> dict[str, Any]:
    """One entry for each version of a package, in however many files it is."""
    pins = {pin for file in files for pin in file.read_text().strip().replace("\\\n", "").splitlines() if pin}
    with tempfile.TemporaryDirectory() as folder:
        merged = Path(folder) / "requirements.txt"
        merged.write_text("\n".join(sorted(pins)) + "\n")
        done = check_programs.run(
            "cyclonedx-py",
            ["requirements", str(merged), "--of", "JSON", "--sv", "1.6", "--output-reproducible"],
        )
    document = _read("cyclonedx-py", done)
    document.pop("dependencies", None)  # of a root that is none: requirements don't say who needs what
    return document


def _of_console() -> dict[str, Any]:
    """Of what its pages are bundled from; not of what builds them."""
    package = json.loads((CONSOLE / "package.json").read_text()) | {"version": __version__}
    found = node()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "package.json").write_text(json.dumps(package))
        (Path(folder) / "package-lock.json").write_bytes((CONSOLE / "package-lock.json").read_bytes())
        done = subprocess.run(
            [found.npm, "sbom", "--sbom-format", "cyclonedx", "--package-lock-only"],
            cwd=folder, env=isolated(found.environment), capture_output=True, text=True, check=False,
            timeout=_SECONDS,
        )  # fmt: skip
    return _without_builders(_read("npm sbom", done))


def _without_builders(document: dict[str, Any]) -> dict[str, Any]:
    """What only the build needs goes; npm's --omit=dev leaves out what both need, too, such as React."""
    root = document["metadata"]["component"]["bom-ref"]
    kept = [each for each in document["components"] if _BUILDER not in each.get("properties", [])]
    names = {each["bom-ref"] for each in kept}
    dependencies = [
        {
            "ref": "tollgate-console" if each["ref"] == root else each["ref"],
            "dependsOn": [name for name in each["dependsOn"] if name in names],
        }
        for each in document["dependencies"]
        if each["ref"] in {root, *names}
    ]
    return {**document, "components": kept, "dependencies": dependencies}


def _read(program: str, done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        raise UnavailableError(f"{program} failed: {done.stderr.strip()}") from error
    return document
