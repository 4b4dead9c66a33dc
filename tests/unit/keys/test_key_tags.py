"""Which tags a key may have: costs are added up by them, and what is too much of them fits into no write."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tollgate_admin.keys.schemas import KeyCreation


def tags_of(tags: dict[str, str]) -> dict[str, str]:
    return KeyCreation(name="a key", tags=tags).tags


@pytest.mark.parametrize(
    "tags",
    [
        {f"tag {number}": "" for number in range(20)},
        {"t" * 64: "v" * 256},
        {"räume": "模" * 256},
        {"a": "b=c"},
        {"a": "😀" * 255},
    ],
    ids=["twenty", "longest", "any script", "a sign in the value", "the most bytes"],
)
def test_a_key_may_have(tags):
    assert tags_of(tags) == tags


@pytest.mark.parametrize(
    "tags",
    [
        {f"tag {number}": "" for number in range(21)},
        {"t" * 65: ""},
        {"": "x"},
        {"a": "v" * 257},
        {"a=b": "c"},
        {"ab": "😀" * 256},
        {"a": "\ud800"},
    ],
    ids=[
        "21",
        "long name",
        "no name",
        "long value",
        "a sign in the name",
        "too many bytes",
        "half a character",
    ],
)
def test_a_key_may_not_have(tags):
    with pytest.raises(ValidationError):
        tags_of(tags)
