"""A team's key on the deployed template: it gives out a key, watches what that spends, and cuts it off."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import openai
import pytest

from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from infra.local.stack import Stack

CHAT: dict[str, Any] = {
    "model": "gpt-4o-mini",
    "messages": [{"role": "user", "content": "Hello there"}],
    "max_tokens": 50,
}


@pytest.fixture(scope="module")
def connect(stack: Stack) -> Iterator[Callable[[str], httpx.Client]]:
    clients: list[httpx.Client] = []

    def connected(secret: str) -> httpx.Client:
        headers = {"authorization": f"Bearer {secret}"}
        clients.append(httpx.Client(base_url=stack.base_url, headers=headers, timeout=60))
        return clients[-1]

    yield connected
    for client in clients:
        client.close()


def create_key(stack: Stack, **body: Any) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {stack.admin_token}"}
    answer = httpx.post(
        f"{stack.admin_url}/apiKey", json={"name": "team", **body}, headers=headers, timeout=60
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_a_team_gives_out_a_key_sees_what_it_spends_and_cuts_it_off(stack, connect):
    given = create_key(stack, budgetLimit="5", manageChildren=True)
    team, stranger = connect(given["key"]), connect(create_key(stack)["key"])
    created = team.post("/keys", json={"name": "ann", "budgetLimit": "1", "enforcement": "hard"})
    assert created.status_code == 201, created.text
    child = created.json()
    ann = connect(child["key"])

    foretold = ann.post("/estimate", json=CHAT).json()
    assert foretold["admitted"]
    with openai.OpenAI(base_url=stack.base_url, api_key=child["key"], max_retries=0) as sdk:
        answer = sdk.chat.completions.with_raw_response.create(**CHAT)
        cost = Decimal(answer.headers["x-tollgate-cost-usd"])
        assert 0 < cost <= Decimal(foretold["maxCost"])

        tree = until(
            lambda: (
                (found := team.get("/usage", params={"tree": "true"}).json())["totals"]["requests"] == 1
                and found
            )
        )
        assert Decimal(tree["totals"]["cost"]) == cost
        assert [row["model"] for row in tree["byModel"]] == [CHAT["model"]]
        assert [Decimal(budget["used"]) for budget in tree["budgets"]] == [cost]
        assert team.get("/usage").json()["totals"]["requests"] == 0, "its own requests are none"
        assert team.get("/usage", params={"keyId": child["id"]}).json()["totals"]["requests"] == 1
        assert ann.get("/usage", params={"keyId": given["id"]}).status_code == 404
        assert stranger.get("/usage", params={"keyId": child["id"]}).status_code == 404

        cut = team.put(f"/keys/{child['id']}/budget", json={"budgetLimit": str(cost)})
        assert cut.status_code == 200, cut.text
        refusal = ann.post("/estimate", json=CHAT).json()["refusal"]
        with pytest.raises(openai.RateLimitError) as refused:
            sdk.chat.completions.create(**CHAT)
    assert refusal["error"] == refused.value.body
    assert refusal["error"]["code"] == "budget_exhausted"
