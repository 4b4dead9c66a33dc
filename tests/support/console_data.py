"""A little of everything that the console shows, so that no page of it is empty."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx

if TYPE_CHECKING:
    from infra.local.stack import Stack

# A script would run as a page is shown, if a page took names for anything but text.
MARKUP = """<img src=x onerror="window.broken = true"> & <b>co</b>"""
OWNER = "owner@example.com"
# For streams, and for what gathers their records.
_PATIENCE_SECONDS = 120
_PAUSE_SECONDS = 0.5


@dataclass(frozen=True)
class ConsoleData:
    """Ids of what there is, and the secret of the key that stands above the others."""

    key: str
    blocked: str
    model: str
    provider: str
    request: str
    secret: str


def made(admin: httpx.Client, stack: Stack) -> ConsoleData:
    """A tree of two keys of which one is used up, with what they have called, asked for and been told.

    Answers once their costs are in the sums; raises AssertionError where the stack refuses or takes too long.
    """

    def posted(path: str, **body: Any) -> dict[str, Any]:
        answer = admin.post(path, json=body)
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created

    mark = uuid4().hex[:8]
    # The API takes plain names of providers and models alone; what a provider calls a model need not be one.
    provider = posted(
        "/providers", name=f"everywhere-{mark}", type="openai", baseUrl=f"{stack.provider_url}/v1", apiKey="x"
    )
    model = posted(
        "/models",
        systemName=f"everywhere-{mark}",
        providerId=provider["id"],
        modelType="chat",
        remoteId=MARKUP,
        inputPrice="2",
        outputPrice="8",
    )
    team = posted(
        "/apiKey",
        name=MARKUP,
        budgetLimit="50",
        quotaLimit="5",
        quotaPeriod="month",
        ownerEmail=OWNER,
        costCentre=MARKUP,
        tags={"team": MARKUP},
        keepBodies=True,
        manageChildren=True,
    )
    blocked = posted(
        "/apiKey", name=f"Below {MARKUP}", parentId=team["id"], budgetLimit="0.0000001", ownerEmail=OWNER
    )
    posted(f"/apiKey/{team['id']}/packs", amount="3", name=MARKUP)
    chat = {"model": model["systemName"], "messages": [{"role": "user", "content": MARKUP}]}
    request = _called(stack, team["key"], "/chat/completions", 200, chat)
    _called(stack, blocked["key"], "/chat/completions", 200, chat)
    _called(stack, blocked["key"], "/chat/completions", 429, chat)
    asked = {"window": "total", "limit": "4", "reason": MARKUP}
    _called(stack, blocked["key"], "/budget-requests", 201, asked)
    _await(admin, blocked["id"])
    return ConsoleData(
        key=team["id"],
        blocked=blocked["id"],
        model=model["id"],
        provider=provider["id"],
        request=request,
        secret=team["key"],
    )


def _called(stack: Stack, secret: str, path: str, expected: int, body: dict[str, Any]) -> str:
    """The request's id."""
    headers = {"authorization": f"Bearer {secret}"}
    answer = httpx.post(f"{stack.base_url}{path}", headers=headers, json=body, timeout=60)
    assert answer.status_code == expected, answer.text
    return answer.headers["x-request-id"]


def _await(admin: httpx.Client, key_id: str) -> None:
    """Until the key's call is in the sums, and its owner has been told that its budget is used up."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    for path in ("/costs/by-key", "/alerts", "/requests"):
        while not admin.get(path, params={"keyId": key_id}).json()["data"]:
            assert time.monotonic() < deadline, f"{path} stays empty"
            time.sleep(_PAUSE_SECONDS)
