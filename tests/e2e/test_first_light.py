"""The main job on the deployed template: calls until the budget is used up, a raise, and costs that agree."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import openai
import pytest

from tests.support.every_page import every_row
from tollgate.aws.dynamodb import pages

if TYPE_CHECKING:
    from infra.local.stack import Stack

CHAT, EMBEDDING = "gpt-4o-mini", "text-embedding-3-small"
HELLO: Any = [{"role": "user", "content": "Hello there"}]
# What the local stack's catalog says, in USD per 1M tokens.
PRICES = {CHAT: (Decimal("0.15"), Decimal("0.60")), EMBEDDING: (Decimal("0.02"), Decimal(0))}


def create_key(admin: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = admin.post("/apiKey", json={"name": "first light", **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


def sdk(stack: Stack, key: dict[str, Any]) -> openai.OpenAI:
    """An SDK as its users have it: nothing but the key and the URL is set, retries are on."""
    return openai.OpenAI(base_url=stack.base_url, api_key=key["key"])


def cost_of(model: str, usage: Any) -> Decimal:
    input_price, output_price = PRICES[model]
    completion = getattr(usage, "completion_tokens", 0)
    return (usage.prompt_tokens * input_price + completion * output_price) / 1_000_000


def records(stack: Stack) -> list[dict[str, Any]]:
    """Every usage record there is, also those of other tests."""
    client = boto3.client("dynamodb", endpoint_url=stack.aws_endpoint_url, region_name=stack.region)
    return list(pages(client.scan, TableName=stack.outputs["UsageTable"]))


def total(rows: list[dict[str, Any]], name: str = "cost") -> Decimal:
    return sum((Decimal(row[name]) for row in rows), Decimal(0))


def eventually(read: Any, expected: Any, seconds: float = 60) -> None:
    """Waits for the stream to have carried usage into the aggregates."""
    deadline = time.monotonic() + seconds
    while (found := read()) != expected and time.monotonic() < deadline:
        time.sleep(0.5)
    assert found == expected


class Client:
    """A key's holder who keeps the books: what each answer says it cost, by the published prices."""

    def __init__(self, sdk: openai.OpenAI, limit: Decimal | None = None) -> None:
        self.sdk, self.limit = sdk, limit
        self.spent = {CHAT: Decimal(0), EMBEDDING: Decimal(0)}

    @property
    def used(self) -> Decimal:
        return sum(self.spent.values(), Decimal(0))

    def chat(self) -> None:
        self._book(CHAT, self.sdk.chat.completions.with_raw_response.create(model=CHAT, messages=HELLO))

    def embed(self) -> None:
        answer = self.sdk.embeddings.with_raw_response.create(model=EMBEDDING, input="three little words")
        self._book(EMBEDDING, answer)

    def _book(self, model: str, answer: Any) -> None:
        cost = cost_of(model, answer.parse().usage)
        self.spent[model] += cost
        assert cost > 0
        assert Decimal(answer.headers["x-tollgate-cost-usd"]) == cost
        if self.limit is not None:
            remaining = max(self.limit - self.used, Decimal(0))
            assert Decimal(answer.headers["x-tollgate-budget-limit-usd"]) == self.limit
            assert Decimal(answer.headers["x-tollgate-budget-used-usd"]) == self.used
            assert Decimal(answer.headers["x-tollgate-budget-remaining-usd"]) == remaining


def call_until_refused(client: Client) -> openai.RateLimitError:
    for _ in range(50):
        try:
            client.chat()
        except openai.RateLimitError as refused:
            return refused
    pytest.fail("50 calls were served on a budget for a few")


def test_a_budget_is_used_up_raised_and_accounted_for_to_the_last_digit(stack, admin):
    limit = Decimal("0.00005")
    key = create_key(admin, budgetLimit=str(limit))
    sent: list[httpx.Request] = []
    with sdk(stack, key) as made, httpx.Client(event_hooks={"request": [sent.append]}, timeout=60) as counted:
        http_client: Any = counted
        client = Client(made.with_options(http_client=http_client), limit)
        assert {model.id for model in client.sdk.models.list()} >= {CHAT, EMBEDDING}
        assert client.sdk.models.retrieve(CHAT).id == CHAT
        client.embed()

        refusal = call_until_refused(client)

        assert (refusal.code, refusal.type) == ("budget_exhausted", "insufficient_quota")
        body: Any = refusal.body
        assert body["details"]["scope"] == key["id"]
        sent.clear()
        with pytest.raises(openai.RateLimitError):
            client.chat()
        assert len(sent) == 1, "an SDK must not retry a doomed call"
        shown = admin.get(f"/apiKey/{key['id']}").json()
        assert Decimal(shown["budgetUsed"]) == client.used >= limit
        assert shown["budgetRemaining"] == shown["budgetHeld"] == "0"

        raised = admin.put(f"/apiKey/{key['id']}/budget", json={"budgetLimit": "1"}).json()
        assert Decimal(raised["budgetUsed"]) == client.used
        client.limit = Decimal(1)
        client.chat()

    mine = [each for each in records(stack) if each["key_id"] == key["id"]]
    assert total(mine, "calculated_cost") == client.used
    assert {each["kind"] for each in mine} == {"completion", "embedding"}
    eventually(lambda: row_of(admin, key), (len(mine), client.used))
    everything = total(records(stack), "calculated_cost")
    eventually(lambda: Decimal(admin.get("/costs/overview").json()["totals"]["cost"]), everything)
    assert total(every_row(admin, "/costs/by-key")) == everything
    assert total(every_row(admin, "/costs/by-model")) == everything


def row_of(admin: httpx.Client, key: dict[str, Any]) -> tuple[int, Decimal] | None:
    """A key's requests and cost as the cost query has them by now."""
    rows = every_row(admin, "/costs/by-key")
    return next(((row["requests"], Decimal(row["cost"])) for row in rows if row["keyId"] == key["id"]), None)


def test_a_revoked_and_an_expired_key_are_refused_and_come_back(stack, admin):
    key = create_key(admin)
    path = f"/apiKey/{key['id']}"
    with sdk(stack, key) as client:
        assert client.chat.completions.create(model=CHAT, messages=HELLO).choices

        admin.post(f"{path}/revoke")
        with pytest.raises(openai.AuthenticationError) as refused:
            client.chat.completions.create(model=CHAT, messages=HELLO)
        assert refused.value.code == "key_revoked"

        admin.post(f"{path}/reinstate")
        admin.patch(path, json={"expiresAt": "2020-01-01T00:00:00Z"})
        with pytest.raises(openai.AuthenticationError) as refused:
            client.models.list()
        assert refused.value.code == "key_expired"

        admin.patch(path, json={"expiresAt": None})
        assert client.chat.completions.create(model=CHAT, messages=HELLO).choices
    assert admin.get(path).json()["budgetHeld"] == "0"


def test_a_model_added_now_is_served_now(stack, admin):
    provider = next(
        each for each in admin.get("/providers?search=mock").json()["data"] if each["name"] == "mock"
    )
    model = {"systemName": "e2e/dear", "providerId": provider["id"], "remoteId": CHAT, "modelType": "chat"}
    created = admin.post("/models", json={**model, "inputPrice": "1000", "outputPrice": "2000"}).json()
    with sdk(stack, create_key(admin)) as client:
        answer = client.chat.completions.with_raw_response.create(model="e2e/dear", messages=HELLO)

        usage = answer.parse().usage
        cost = (usage.prompt_tokens * 1000 + usage.completion_tokens * 2000) / Decimal(1_000_000)
        assert Decimal(answer.headers["x-tollgate-cost-usd"]) == cost
        assert answer.parse().model == CHAT
        assert client.models.retrieve("e2e/dear").id == "e2e/dear"
    priced_anew = admin.patch(f"/models/{created['id']}", json={"inputPrice": "1"}).json()
    assert priced_anew["priceVersion"] != created["priceVersion"]


def test_the_admin_api_is_closed_to_everyone_else(stack, admin):
    key = create_key(admin)
    for headers in ({}, {"authorization": "Bearer x"}, {"authorization": f"Bearer {key['key']}"}):
        answer = httpx.get(f"{stack.admin_url}/apiKey", headers=headers, timeout=60)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"


def test_no_key_is_stored_or_returned(stack, admin):
    key = create_key(admin)
    client = boto3.client("dynamodb", endpoint_url=stack.aws_endpoint_url, region_name=stack.region)
    secret = key["key"].removeprefix("sk-tg-")[16:-6]
    for table in ("KeysTable", "UsageTable"):
        assert secret not in str(list(pages(client.scan, TableName=stack.outputs[table])))
    assert secret not in json.dumps(every_row(admin, "/apiKey"))
