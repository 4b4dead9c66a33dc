"""Embeddings by the official OpenAI SDK, which asks for base64 and decodes it unless told otherwise."""

from __future__ import annotations

from typing import Any

import pytest

EMBEDDING = "text-embedding-3-small"

EMBEDDINGS: dict[str, dict[str, Any]] = {
    "as the SDK likes it": {},
    "floats": {"encoding_format": "float"},
    "base64": {"encoding_format": "base64"},
    "all dimensions": {"dimensions": 1536},
    "one text": {"input": "one text"},
    "tokens": {"input": [5, 6, 7]},
    "several times tokens": {"input": [[5, 6], [7]]},
    "a field the SDK doesn't know": {"extra_body": {"brand_new": {"a": [1, 2.5, None]}}},
}


@pytest.mark.parametrize("request_", EMBEDDINGS.values(), ids=EMBEDDINGS)
def test_embeddings_are_what_the_provider_answers(gpt, request_):
    request = {"model": EMBEDDING, "input": ["a b", "c"], "dimensions": 8, **request_}
    through, direct = gpt.ask("embeddings.create", **request)
    assert through == direct
    assert isinstance(through.data[0].embedding, str if "base64" in request_.values() else list)


def test_a_raw_response_says_what_it_cost(gpt, keys, key):
    raw = gpt.through.ask("embeddings.with_raw_response.create", model=EMBEDDING, input="one two three")
    record = keys.record(key["id"], raw.parse()._request_id)
    assert record["kind"] == "embedding"
    assert raw.headers["x-tollgate-cost-usd"] == f"{record['calculated_cost']:f}" == "0.00000006"
