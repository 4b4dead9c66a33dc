"""checkov's verdict on the templates, and what they argue against it in their Metadata.

An argument stands beside its resource, where checkov itself looks for it:

    Metadata:
      checkov:
        skip:
          - id: CKV_AWS_28
            comment: why this resource may fail this check

Under the template's own Metadata it is one for all resources, so that it needn't be repeated.
checkov runs on a copy without arguments: one that nothing needs any more is a fault, too.
"""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.checks import check_programs
from infra.local.environment import ROOT
from infra.local.local_errors import UnavailableError
from infra.local.tables import read_template

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TEMPLATES = [ROOT / "template.yaml", *sorted(ROOT.glob("docs/examples/cloudformation/*.yaml"))]
EVERYTHING = "*"
# Less is no argument.
SHORTEST = 20
_ARGUMENT = re.compile(r"^(\s+)checkov:\s*$", re.MULTILINE)


@dataclass(frozen=True, order=True)
class Finding:
    """A check that a resource fails, both by their names; or one that is argued."""

    resource: str
    """Logical id, or `*` for each."""
    check: str
    text: str = ""
    """What the check asks for, or why it is not met."""


def failures(template: Path) -> list[Finding]:
    """What checkov holds against this template, whatever it argues. Raises UnavailableError."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / template.name
        copy.write_text(_ARGUMENT.sub(r"\1unargued:", template.read_text()))
        done = check_programs.run(
            "checkov",
            ["--file", str(copy), "--framework", "cloudformation", "--skip-download", "--quiet", "--compact",
             "--output", "json"],
        )  # fmt: skip
    return read_report(template.name, done.stdout, done.stderr)


def read_report(template: str, output: str, errors: str) -> list[Finding]:
    """What checkov has written of a template. Raises UnavailableError if that is no verdict."""
    try:
        said = json.loads(output)
        examined = said["summary"]["resource_count"] if "summary" in said else said["resource_count"]
    except (ValueError, KeyError, TypeError) as error:
        raise UnavailableError(f"checkov failed on {template}: {errors or output}") from error
    if not examined or said.get("summary", {}).get("parsing_errors"):
        raise UnavailableError(f"checkov can't read {template}.")
    return [
        Finding(each["resource"].rpartition(".")[2], each["check_id"], each["check_name"])
        for each in said.get("results", {}).get("failed_checks", [])
    ]


def arguments(template: Mapping[str, Any]) -> list[Finding]:
    """What a template argues, for all its resources and for single ones."""
    found = _argued(EVERYTHING, template)
    for name, resource in template["Resources"].items():
        found += _argued(name, resource)
    return found


def _argued(name: str, holder: Mapping[str, Any]) -> list[Finding]:
    skipped = holder.get("Metadata", {}).get("checkov", {}).get("skip", [])
    return [Finding(name, each["id"], each.get("comment", "")) for each in skipped]


def faults(failed: Iterable[Finding], argued: Iterable[Finding]) -> list[str]:
    """What is failed and not argued, argued and not failed, or argued without a reason; for people."""
    failed, argued = sorted(failed), sorted(argued)
    covered = {(each.resource, each.check) for each in argued}
    needed = {(name, each.check) for each in failed for name in (each.resource, EVERYTHING)}
    return [
        *(
            f"{each.resource} fails {each.check}: {each.text}"
            for each in failed
            if not covered & {(each.resource, each.check), (EVERYTHING, each.check)}
        ),
        *(
            f"{each.resource} argues against {each.check}, which it doesn't fail"
            for each in argued
            if (each.resource, each.check) not in needed
        ),
        *(
            f"{each.resource} doesn't say why it may fail {each.check}"
            for each in argued
            if len(each.text.strip()) < SHORTEST
        ),
    ]


def check() -> list[str]:
    """Faults of all templates. Raises UnavailableError."""
    return [
        f"{template.relative_to(ROOT)}: {fault}"
        for template in TEMPLATES
        for fault in faults(failures(template), arguments(read_template(template)))
    ]
