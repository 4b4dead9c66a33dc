"""POST /v1/embeddings."""

import json
import math
import struct
from base64 import b64encode
from hashlib import shake_256
from typing import Any

from infra.mock_provider.apis.mock_usage import embeddings_usage
from infra.mock_provider.call import Call
from infra.mock_provider.provider_faults import ApiError
from infra.mock_provider.reply import Answer
from infra.mock_provider.text import count_words

DEFAULT_DIMENSIONS = 1536
MODEL_DIMENSIONS = {"text-embedding-3-large": 3072}
MIDDLE_OF_16_BITS = 32767.5


def create_embeddings(call: Call) -> Answer:
    model = call.required("model")
    inputs = _inputs(call.required("input"))
    dimensions = call.positive("dimensions") or MODEL_DIMENSIONS.get(model, DEFAULT_DIMENSIONS)
    as_base64 = call.body.get("encoding_format") == "base64"
    vectors = [_vector(f"{model} {json.dumps(item)}", dimensions) for item in inputs]
    body: dict[str, Any] = {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": _base64(vector) if as_base64 else vector}
            for index, vector in enumerate(vectors)
        ],
        "model": model,
    }
    if not call.control.no_usage:
        body["usage"] = embeddings_usage(call.control, sum(map(_tokens, inputs)))
    return Answer(body)


def _inputs(value: object) -> list[str | list[int]]:
    """One text, several, one array of tokens, or several of those."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        if all(isinstance(item, int) for item in value):
            return [value]
        if all(isinstance(item, str) for item in value) or all(isinstance(item, list) for item in value):
            return value
    raise ApiError(400, "input: expected a string, strings or tokens", param="input")


def _tokens(item: str | list[int]) -> int:
    return count_words(item) if isinstance(item, str) else len(item)


def _vector(seed: str, dimensions: int) -> list[float]:
    """A unit vector of 32-bit floats, so that both encodings carry the same numbers."""
    digest = shake_256(seed.encode()).digest(2 * dimensions)
    raw = [value - MIDDLE_OF_16_BITS for value in struct.unpack(f"<{dimensions}H", digest)]
    norm = math.sqrt(sum(value * value for value in raw))
    return list(
        struct.unpack(f"<{dimensions}f", struct.pack(f"<{dimensions}f", *(value / norm for value in raw)))
    )


def _base64(vector: list[float]) -> str:
    return b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
