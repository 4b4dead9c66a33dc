"""python -m tests.rehearsal.release_items REF FILE: what a release stores, for tests without git history.

It deploys the release as its commit builds it, uses it as people do, and writes down every item of its tables
while a call is still open. tests/releases has a file for each release, made once and never edited.
"""

from __future__ import annotations

import argparse
import base64
import json
import shutil
from pathlib import Path
from typing import Any

import httpx

from infra.local import deploy
from tests.rehearsal import git_versions
from tests.rehearsal.git_versions import CHECKOUTS
from tests.rehearsal.moving_traffic import MODEL
from tests.rehearsal.two_versions import TwoVersions, state_folder, two_versions

_SECONDS = 60
# Longer than the dump takes; the stack ends before the stream does.
_CHUNK_MS = 3000
_KEY = {
    "name": "a team",
    "ownerEmail": "owner@example.com",
    "budgetLimit": "10",
    "quotaLimit": "5",
    "quotaPeriod": "month",
    "tags": {"team": "search"},
    "budgetAlertThresholds": [{"percent": 50, "level": "warning", "notify": ["owner", "admin"]}],
}


def used(versions: TwoVersions) -> dict[str, list[Any]]:
    """By table, its items in the wire format."""
    root, _ = versions.seeded("old")
    url, token = versions.urls["old"], versions.deployment.admin_token
    admin = {"authorization": f"Bearer {token}"}
    with httpx.Client(trust_env=False, timeout=_SECONDS) as client:
        made = client.post(f"{url}/api/admin/apiKey", json={**_KEY, "parentId": root}, headers=admin)
        assert made.status_code == httpx.codes.CREATED, made.text
        key = made.json()
        edited = client.patch(f"{url}/api/admin/apiKey/{key['id']}", json={"rpmLimit": 600}, headers=admin)
        assert edited.is_success, edited.text
        caller = {"authorization": f"Bearer {key['key']}"}
        asked: dict[str, Any] = {"model": MODEL, "messages": [{"role": "user", "content": "Hello"}]}
        for _ in range(2):
            answer = client.post(f"{url}/v1/chat/completions", json=asked, headers=caller)
            assert answer.is_success, answer.text
        open_call = {**asked, "stream": True, "mock": {"delay_chunk_ms": _CHUNK_MS}}
        with client.stream("POST", f"{url}/v1/chat/completions", json=open_call, headers=caller) as stream:
            next(stream.iter_lines())
            return _dumped(versions)


def _dumped(versions: TwoVersions) -> dict[str, list[Any]]:
    dynamodb = deploy.EmulatedAws(versions.endpoint_url).dynamodb()
    stacks = deploy.EmulatedAws(versions.endpoint_url).cloudformation()
    resources = (
        each
        for page in stacks.get_paginator("list_stack_resources").paginate(StackName=deploy.STACK_NAME)
        for each in page["StackResourceSummaries"]
    )
    return {
        each["LogicalResourceId"]: dynamodb.scan(TableName=each["PhysicalResourceId"], ConsistentRead=True)[
            "Items"
        ]
        for each in resources
        if each["ResourceType"] == "AWS::DynamoDB::Table"
    }


def _as_text(value: Any) -> str:
    return base64.b64encode(value).decode()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("ref")
    parser.add_argument("file", type=Path)
    parser.add_argument("--tree", type=Path)
    given = parser.parse_args()
    template = git_versions.built(given.tree or git_versions.checkout(given.ref))
    state = state_folder(CHECKOUTS)
    with two_versions({"old": template}, {}, state) as versions:
        tables = used(versions)
    given.file.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{json.dumps(name)}: [\n"
        + ",\n".join(f"  {json.dumps(each, sort_keys=True, default=_as_text)}" for each in items)
        + "\n]"
        for name, items in sorted(tables.items())
    ]
    given.file.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    shutil.rmtree(state)


if __name__ == "__main__":
    main()
