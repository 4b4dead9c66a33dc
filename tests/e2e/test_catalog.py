"""The catalog of well-known models, loaded into a deployed stack by its command."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import httpx

from infra.ops.catalog.__main__ import main

if TYPE_CHECKING:
    import pytest

    from infra.local.stack import Stack


def test_a_vendors_models_are_loaded_once_and_served_at_their_prices(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("TOLLGATE_ADMIN_TOKEN", stack.admin_token)
    headers = {"authorization": f"Bearer {stack.admin_token}"}
    with httpx.Client(base_url=stack.admin_url, headers=headers, timeout=60) as admin:
        provider = next(
            each["id"]
            for each in admin.get("/providers?search=mock").json()["data"]
            if each["name"] == "mock"
        )
        load = [
            "load",
            "--admin-url",
            stack.admin_url,
            "--provider-id",
            provider,
            "gpt-5",
            "text-embedding-3-large",
        ]

        assert main(load) == 0
        assert main(load) == 0
        assert "already exists" in capsys.readouterr().out

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
