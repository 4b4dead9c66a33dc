"""Which of a deployment's functions the front runs itself, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.local.deploy import ALIAS, STAGE
from infra.local.environment import ROOT
from infra.local.front import routes
from infra.local.front.front_server import Settings, StreamingFunction
from infra.local.tables import read_template

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from infra.local.deploy import Deployment

_LAYER = "SharedLayer"
# How many calls of a function are served at once. Its processes start when they are needed.
_ENVIRONMENTS = {"ProxyFunction": 16, "ConsoleFunction": 3}
_FEW_ENVIRONMENTS = 2


def settings_of(port: int, endpoint_url: str, template: Path, deployment: Deployment) -> Settings:
    """For a front over what was built for `template` and deployed, be it of another version than this."""
    built = read_template(template)
    return Settings(
        port=port,
        emulator_url=endpoint_url,
        api_id=deployment.outputs["ApiId"],
        alias=ALIAS,
        stage=STAGE,
        layer=str(template.parent / built["Resources"][_LAYER]["Properties"]["ContentUri"]),
        functions=_streaming(template.parent, built["Resources"], deployment),
        names=deployment.functions,
    )


def _streaming(folder: Path, resources: Mapping[str, Any], deployment: Deployment) -> list[StreamingFunction]:
    found = routes.routes_of(read_template(ROOT / "template.yaml"))
    names = dict.fromkeys(route.function for route in found.all() if route.streams)
    return [
        StreamingFunction(
            name,
            str(folder / resources[name]["Properties"]["CodeUri"]),
            deployment.environments[name],
            resources[name]["Properties"]["Timeout"],
            _ENVIRONMENTS.get(name, _FEW_ENVIRONMENTS),
        )
        for name in names
        if name in deployment.environments
    ]
