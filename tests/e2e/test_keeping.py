"""`make local KEEP=1`: a stack that ends, and one that goes on with what it has left."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from infra.local.free_ports import Ports
from infra.local.keeping import FILE
from infra.local.stack import Stack, running

# Each starts stacks, which takes long where others do, too.
pytestmark = pytest.mark.timeout(400)

CALL = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]}


def client(url: str, secret: str) -> httpx.Client:
    return httpx.Client(
        base_url=url, headers={"authorization": f"Bearer {secret}"}, timeout=60, trust_env=False
    )


def called(stack: Stack, secret: str) -> httpx.Response:
    with client(stack.base_url, secret) as caller:
        return caller.post("/chat/completions", json=CALL)


def asked(stack: Stack, path: str) -> Any:
    with client(stack.admin_url, stack.admin_token) as admin:
        answer = admin.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def kept(stack: Stack, path: str) -> Any:
    """What is to be there again; a start asks for the demo key's models, which uses the key."""
    if path == "/settings":
        return asked(stack, path)["revision"]
    return [
        {name: value for name, value in each.items() if name != "lastUsedAt"}
        for each in asked(stack, path)["data"]
    ]


def until(holds, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.5)


def requests_of(stack: Stack) -> int:
    return int(asked(stack, "/costs/overview")["totals"]["requests"])


def mails_of(stack: Stack) -> list[str]:
    sent = httpx.get(stack.mail_url, trust_env=False, timeout=60).json()["messages"]
    return [mail["Subject"] for account in sent.values() for mail in account]


KEPT = ("/apiKey", "/settings", "/models", "/audit", "/requests", "/alerts")


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


def test_keys_costs_and_settings_are_there_at_the_next_start(state):
    said: list[str] = []
    with running(Ports.free(), state, said.append, keep=True) as first:
        stack = first.stack
        with client(stack.admin_url, stack.admin_token) as admin:
            made = admin.post(
                "/apiKey", json={"name": "team", "budgetLimit": "0.000001", "ownerEmail": "ann@example.com"}
            ).json()
            admin.patch("/settings", json={"defaultRpmLimit": 77})
        assert called(stack, stack.api_key).status_code == 200
        assert called(stack, made["key"]).status_code == 200
        until(lambda: requests_of(stack) == 2 and len(mails_of(stack)) == 1)
        until(lambda: asked(stack, "/alerts")["data"][0]["deliveries"][0]["state"] == "sent")
        before = {path: kept(stack, path) for path in KEPT}

    assert (state / FILE).stat().st_mode & 0o777 == 0o600
    assert not (state / "stack.json").exists()

    with running(Ports.free(), state, said.append, keep=True) as second:
        again = second.stack
        assert (again.api_key, again.admin_token) == (stack.api_key, stack.admin_token)
        after = {path: kept(again, path) for path in KEPT}
        # The demo key's standing is looked at while it starts; what a move of the mock provider notes is new.
        for path in KEPT:
            if path != "/audit":
                assert after[path] == before[path], path
        assert all(change in after["/audit"] for change in before["/audit"])
        assert called(again, made["key"]).status_code == 429, "its budget is used up"
        assert called(again, again.api_key).status_code == 200
        until(lambda: requests_of(again) == 3)
        assert mails_of(again) == [], "what was told is not told again"
    assert "Loading the saved data" in said
    (loaded,) = (each for each in said if each.startswith("Loaded "))
    assert loaded.startswith("Loaded 2 keys, 2 requests and ")
    assert loaded.endswith(" UTC")
