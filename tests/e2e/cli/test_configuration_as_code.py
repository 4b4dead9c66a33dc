"""Configuration as code against a deployed stack: applied, exported, compared, and taken away again."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import httpx

from tollgate_cli.configuration.files import yaml_writing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from infra.local.stack import Stack
    from tests.support.cli_runner import Ran

# Nothing that the stack's other tests have: neither its settings nor its alerts.
LABEL = "configuration-e2e"
DOCUMENT = {
    "version": 1,
    "label": LABEL,
    "providers": [
        {
            "name": "configured",
            "type": "openai",
            "baseUrl": "https://llm.example.com/v1",
            "apiKey": {"env": "CONFIGURED_API_KEY"},
        }
    ],
    "models": [
        {
            "systemName": "configured",
            "provider": "configured",
            "modelType": "chat",
            "inputPrice": "1.25",
            "outputPrice": 10,
        }
    ],
    "keys": [
        {"externalId": "configured-team", "name": "Team", "budgetLimit": 50, "allowedModels": ["configured"]},
        {"externalId": "configured-ci", "name": "CI", "parent": "configured-team", "budgetLimit": "5.50"},
    ],
}


def test_a_stack_is_configured_by_a_file_and_rid_of_it_again(
    stack: Stack, tollgate: Callable[..., Ran], tmp_path: Path
):
    run = partial(tollgate, CONFIGURED_API_KEY="sk-configured")

    file, exported, keys = tmp_path / "tollgate.yaml", tmp_path / "exported.yaml", tmp_path / "keys.jsonl"
    file.write_text(yaml_writing.written(DOCUMENT))
    assert run("diff", "-f", str(file)).code == 1

    applied = run("apply", "-f", str(file), "--yes", "--key-file", str(keys))
    assert applied.code == 0, applied.stdout + applied.stderr
    secret = json.loads(keys.read_text().splitlines()[-1])["key"]
    usage = httpx.get(f"{stack.base_url}/usage", headers={"authorization": f"Bearer {secret}"}, timeout=60)
    assert usage.status_code == 200, usage.text
    assert run("diff", "-f", str(file)).code == 0

    exported.write_text(run("export", "--label", LABEL, "--labelled-only").stdout)
    assert "configured-ci" in exported.read_text()
    difference = run("diff", "-f", str(exported), "--prune")
    assert difference.code == 0, difference.stdout + difference.stderr

    file.write_text(yaml_writing.written({"version": 1, "label": LABEL}))
    gone = run("apply", "-f", str(file), "--prune", "--yes", "--allow-empty", "--json")
    assert gone.code == 0, gone.stdout + gone.stderr
    assert {change["name"] for change in gone.json["changes"]} == {
        "configured",
        "configured-team",
        "configured-ci",
    }
    assert run("diff", "-f", str(file), "--prune").code == 0
