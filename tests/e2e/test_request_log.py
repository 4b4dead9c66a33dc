"""The request log on the deployed template: its index, its export as a stream, and bodies that are kept."""

from __future__ import annotations

import csv
import io
import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support.issued_keys import IssuedKeys
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.stack import Stack

HELLO = [{"role": "user", "content": "Hello there"}]


@pytest.fixture(scope="module")
def keys(stack: Stack) -> Iterator[IssuedKeys]:
    with closing(IssuedKeys(stack)) as issued:
        yield issued


@pytest.fixture
def key(keys: IssuedKeys) -> dict[str, Any]:
    return keys.issue(budgetLimit="5")


@pytest.fixture
def call(stack: Stack, key: dict[str, Any]) -> Any:
    """Makes a call with the key."""

    def call(**body: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {key['key']}"}
        asked = {"model": "gpt-4o-mini", "messages": HELLO, **body}
        return httpx.post(f"{stack.base_url}/chat/completions", json=asked, headers=headers, timeout=60)

    return call


def test_calls_are_listed_found_and_exported(admin, key, call):
    served, streamed = call(), call(stream=True)
    made = [answer.headers["x-request-id"] for answer in (streamed, served)]

    of_all = admin.get("/requests", params={"limit": 200}).json()["data"]
    assert [each["id"] for each in of_all if each["keyId"] == key["id"]] == made
    one = admin.get(f"/requests/{made[1]}").json()
    assert (one["id"], one["calculatedCost"]) == (made[1], served.headers["x-tollgate-cost-usd"])

    with admin.stream("GET", "/requests/export", params={"keyId": key["id"], "format": "csv"}) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-disposition"].startswith('attachment; filename="requests-')
        assert "content-length" not in answer.headers
        rows = list(csv.DictReader(io.StringIO(answer.read().decode(), newline="")))
    assert [(row["id"], row["streamed"]) for row in rows] == [(made[0], "true"), (made[1], "false")]
    asked = {"keyId": key["id"], "format": "jsonl", "streamed": "false"}
    (line,) = admin.get("/requests/export", params=asked).text.splitlines()
    assert one.pop("keyNames") == {key["id"]: key["name"]}  # an export's lines name no keys
    assert json.loads(line) == one


def test_an_export_is_refused_as_the_rest_is(admin):
    nobody = admin.get("/requests/export", headers={"authorization": "Bearer x"})
    wrong = admin.get("/requests/export", params={"status": "x"})
    assert (nobody.status_code, wrong.status_code) == (401, 422)
    for answer in (nobody, wrong):
        assert answer.headers["content-type"] == "application/problem+json"
    assert wrong.json()["errors"][0]["field"] == "status"


def test_bodies_are_kept_of_a_key_that_has_them_kept(admin, key, call):
    before = call().headers["x-request-id"]
    assert admin.patch(f"/apiKey/{key['id']}", json={"keepBodies": True}).status_code == 200
    answer = call(stream=True)

    path = f"/requests/{answer.headers['x-request-id']}/bodies"
    kept = until(lambda: (found := admin.get(path)).is_success and found.json())  # written after the answer

    assert json.loads(kept["request"]["body"])["messages"] == HELLO
    assert kept["response"]["body"] == answer.text
    assert admin.get(f"/requests/{before}/bodies").status_code == 404
