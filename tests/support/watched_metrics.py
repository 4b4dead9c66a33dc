"""What the template's alarms and dashboard look at, as CloudWatch knows it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from infra.local.environment import ROOT
from infra.local.tables import Intrinsic, read_template

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATE = read_template(ROOT / "template.yaml")
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]

_SEARCH = re.compile(
    r"SEARCH\('\{(?P<namespace>\w+),(?P<dimensions>[\w,]+)\} Stack=\"(?P<stack>[^\"]+)\" "
    r"MetricName=\"(?P<metric>\w+)\"', '\w+', \d+\)"
)


class Watched(NamedTuple):
    """A metric that somebody looks at. Its dimensions have `${}` around what a deployment fills in."""

    by: str
    namespace: str
    metric: str
    dimensions: dict[str, str]


def resources(kind: str) -> dict[str, dict[str, Any]]:
    return {name: each["Properties"] for name, each in RESOURCES.items() if each["Type"] == kind}


def alarms() -> dict[str, dict[str, Any]]:
    return resources("AWS::CloudWatch::Alarm")


def of_alarms() -> Iterator[Watched]:
    for name, alarm in alarms().items():
        dimensions = {each["Name"]: _text(each["Value"]) for each in alarm.get("Dimensions", [])}
        yield Watched(name, alarm["Namespace"], alarm["MetricName"], dimensions)


def dashboard() -> dict[str, Any]:
    (only,) = resources("AWS::CloudWatch::Dashboard").values()
    body: dict[str, Any] = json.loads(only["DashboardBody"].argument)
    return body


def of_dashboard() -> Iterator[Watched]:
    """Of a search, its dimension that is searched has no value."""
    for widget in dashboard()["widgets"]:
        for line in widget["properties"].get("metrics", []):
            title = widget["properties"]["title"]
            if isinstance(line[0], dict):
                found = _SEARCH.fullmatch(line[0]["expression"])
                assert found, (title, line)
                names = found["dimensions"].split(",")
                dimensions = {**dict.fromkeys(names, ""), "Stack": found["stack"]}
                yield Watched(title, found["namespace"], found["metric"], dimensions)
            else:
                namespace, metric, *pairs = [each for each in line if not isinstance(each, dict)]
                yield Watched(title, namespace, metric, dict(zip(pairs[::2], pairs[1::2], strict=True)))


def _text(value: Any) -> str:
    if not isinstance(value, Intrinsic):
        return str(value)
    return str(value.argument) if value.name == "Sub" else f"${{{value.argument}}}"
