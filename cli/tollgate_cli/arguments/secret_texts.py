"""Secrets as the API takes them."""

from __future__ import annotations


def in_one_line(secret: str) -> str:
    """The same in one line: a document of JSON, as a cloud's key is one, may be written in several."""
    return " ".join(line.strip() for line in secret.strip().splitlines())
