"""template.yaml as CloudFormation gets it: what SAM's own transform makes of it.

SAM is among the tools, which the tests don't import, so it runs in their environment.
"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from infra.local.environment import REGION, ROOT, TOOLS

if TYPE_CHECKING:
    from collections.abc import Mapping

_TRANSFORM = """
import json, sys
from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform

path, code, parameters = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
template = yaml_parse(open(path).read())
for name, resource in template["Resources"].items():
    for key in ("CodeUri", "ContentUri"):
        if key in resource["Properties"]:  # as `sam package` has it: an object whose name tells its content
            resource["Properties"][key] = f"s3://artifacts/{code.get(name, name)}"

class Policies:
    def load(self):
        return {"AWSLambdaBasicExecutionRole": "arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole"}

json.dump(transform(template, parameters, Policies()), sys.stdout)
"""
SECONDS = 120


def render(
    code: Mapping[str, str] | None = None, parameters: Mapping[str, str] | None = None
) -> dict[str, dict[str, Any]]:
    """The resources, by logical id. `code` names the content of a function or layer that isn't as it was."""
    transformed = subprocess.run(
        [TOOLS / "bin/python", "-c", _TRANSFORM, ROOT / "template.yaml",
         json.dumps(code or {}), json.dumps(parameters or {})],
        check=True,
        capture_output=True,
        timeout=SECONDS,
        env={"AWS_DEFAULT_REGION": REGION, "HOME": "/nonexistent"},
    )  # fmt: skip
    resources: dict[str, dict[str, Any]] = json.loads(transformed.stdout)["Resources"]
    return resources


def of_type(resources: Mapping[str, dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {name: each for name, each in resources.items() if each["Type"] == kind}
