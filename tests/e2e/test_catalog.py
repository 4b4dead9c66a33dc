"""The catalog of well-known models, loaded into a deployed stack by its command."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.local.stack import Stack
    from tests.support.cli_runner import Ran


def test_a_vendors_models_are_loaded_once_and_served_at_their_prices(
    stack: Stack, admin: httpx.Client, tollgate: Callable[..., Ran]
):
    first = tollgate("catalog", "load", "mock", "gpt-5", "text-embedding-3-large")
    again = tollgate("catalog", "load", "mock", "gpt-5", "--json")
    assert (first.code, again.code) == (0, 0), first.stderr + again.stderr
    assert [each["outcome"] for each in again.json] == ["kept"]

    loaded = {model["systemName"]: model for model in admin.get("/models?limit=100").json()["data"]}
    assert loaded["gpt-5"]["fromCatalog"] is True
    assert loaded["gpt-5"]["source"].startswith("https://")
    assert loaded["text-embedding-3-large"]["modelType"] == "embedding"

    answer = httpx.post(
        f"{stack.base_url}/chat/completions",
        json={
            "model": "gpt-5",
            "messages": [{"role": "user", "content": "Hello"}],
            "mock": {
                "prompt_tokens": 1000,
                "cached_tokens": 400,
                "completion_tokens": 100,
                "reasoning_tokens": 60,
            },
        },
        headers={"authorization": f"Bearer {stack.api_key}"},
        timeout=60,
    )
    price = {
        name: Decimal(loaded["gpt-5"][name] or 0)
        for name in ("inputPrice", "cachedInputPrice", "outputPrice")
    }
    expected = 600 * price["inputPrice"] + 400 * price["cachedInputPrice"] + 100 * price["outputPrice"]
    assert Decimal(answer.headers["x-tollgate-cost-usd"]) == expected / 1_000_000
