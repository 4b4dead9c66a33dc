"""Lists of the admin API whole: on a stack that tests share, none of them knows how many pages there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


def every_row(admin: httpx.Client, path: str, **params: str) -> list[dict[str, Any]]:
    """The rows of all pages; each answer must be a 200."""
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    for _ in range(1000):
        answer = admin.get(path, params=params if cursor is None else {**params, "cursor": cursor})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        rows += page["data"]
        cursor = page["nextCursor"]
        if cursor is None:
            return rows
    message = f"{path} has no last page"
    raise AssertionError(message)
