"""template.yaml as CloudFormation gets it, and what CloudFormation makes of its parameters.

SAM's own transform is among the tools, which the tests don't import, so it runs in their environment.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from functools import cache
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
_NO_VALUE = {"Ref": "AWS::NoValue"}


def render(
    code: Mapping[str, str] | None = None, parameters: Mapping[str, str] | None = None
) -> dict[str, dict[str, Any]]:
    """The resources, by logical id. `code` names the content of a function or layer that isn't as it was."""
    resources: dict[str, dict[str, Any]] = _transformed(code, parameters)["Resources"]
    return resources


def deployed(**parameters: str) -> dict[str, dict[str, Any]]:
    """The resources with these parameters, and with the defaults of the others."""
    resources: dict[str, dict[str, Any]] = _resolver(parameters).resolved(as_written()["Resources"])
    return resources


def _resolver(parameters: Mapping[str, str]) -> _Resolver:
    template = as_written()
    defaults = {name: each["Default"] for name, each in template["Parameters"].items()}
    return _Resolver({**defaults, **parameters}, template["Conditions"])


def outputs(**parameters: str) -> dict[str, Any]:
    """What the stack tells with these parameters, by name."""
    template = as_written()
    resolver = _resolver(parameters)
    told = {name: each["Value"] for name, each in template["Outputs"].items() if resolver.exists(each)}
    values: dict[str, Any] = resolver.resolved(told)
    return values


def existing(**parameters: str) -> dict[str, dict[str, Any]]:
    """Those of `deployed` that there are: their conditions hold."""
    resolver = _resolver(parameters)
    return {name: each for name, each in deployed(**parameters).items() if resolver.exists(each)}


def of_type(resources: Mapping[str, dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {name: each for name, each in resources.items() if each["Type"] == kind}


@cache
def as_written() -> dict[str, Any]:
    return _transformed(None, None)


def _transformed(code: Mapping[str, str] | None, parameters: Mapping[str, str] | None) -> dict[str, Any]:
    transformed = subprocess.run(
        [TOOLS / "bin/python", "-c", _TRANSFORM, ROOT / "template.yaml",
         json.dumps(code or {}), json.dumps(parameters or {})],
        check=True,
        capture_output=True,
        timeout=SECONDS,
        env={"AWS_DEFAULT_REGION": REGION, "HOME": "/nonexistent"},
    )  # fmt: skip
    template: dict[str, Any] = json.loads(transformed.stdout)
    return template


@dataclass(frozen=True)
class _Resolver:
    """As much of CloudFormation as chooses between values; what it says of resources stays."""

    parameters: Mapping[str, Any]
    conditions: Mapping[str, Any]

    def exists(self, resource: Mapping[str, Any]) -> bool:
        condition = resource.get("Condition")
        return condition is None or self._holds(self.conditions[condition])

    def resolved(self, value: Any) -> Any:
        if isinstance(value, list):
            return [each for each in map(self.resolved, value) if each != _NO_VALUE]
        if not isinstance(value, dict):
            return value
        match value:
            case {"Fn::If": [condition, then, otherwise]}:
                return self.resolved(then if self._holds(self.conditions[condition]) else otherwise)
            case {"Fn::Sub": [str(text), dict(named)]}:
                return {"Fn::Sub": [self._with_values(text), self.resolved(named)]}
        resolved = {name: self.resolved(each) for name, each in value.items()}
        return self._computed({name: each for name, each in resolved.items() if each != _NO_VALUE})

    def _computed(self, value: dict[str, Any]) -> Any:
        """What a function comes to whose arguments are known; the same if they aren't, or it is none."""
        match value:
            case {"Ref": str(name)} if name in self.parameters:
                return self.parameters[name]
            case {"Fn::Sub": str(text)}:
                return self._with_values(text)
            case {"Fn::Split": [str(mark), str(text)]}:
                return text.split(mark)
            case {"Fn::Join": [str(mark), list(parts)]} if all(isinstance(each, str) for each in parts):
                return mark.join(parts)
        return value

    def _with_values(self, text: str) -> str:
        return re.sub(r"\$\{(\w+)}", lambda found: str(self.parameters.get(found[1], found[0])), text)

    def _holds(self, condition: Any) -> bool:
        match condition:
            case {"Fn::Not": [negated]}:
                return not self._holds(negated)
            case {"Fn::And": required}:
                return all(map(self._holds, required))
            case {"Condition": str(name)}:
                return self._holds(self.conditions[name])
            case {"Fn::Equals": [left, right]}:
                return str(self.resolved(left)) == str(self.resolved(right))
        raise ValueError(f"{condition} isn't known here")
