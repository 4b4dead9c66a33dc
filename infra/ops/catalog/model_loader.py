"""Entries of a catalog as models of a gateway, through its admin API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tollgate_admin.catalog.shipped.shipped_prices import Entry

TIMEOUT_SECONDS = 30
# The admin API takes a hundred at most, and answers when it has done all.
BATCH = 50

_SAID = {
    "created": "created",
    "updated": "updated",
    "unchanged": "already has these prices",
    "kept": "already exists, unchanged",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one entry, in words."""

    model: str
    said: str
    failed: bool = False

    def __str__(self) -> str:
        return f"{self.model}: {'FAILED: ' if self.failed else ''}{self.said}"


class _RefusedError(Exception):
    """The admin API's refusal, with its fields, or that it did not answer."""


def client(admin_url: str, token: str, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    return httpx.Client(
        base_url=admin_url,
        headers={"Authorization": f"Bearer {token}"},
        timeout=TIMEOUT_SECONDS,
        transport=transport,
    )


def load(admin: httpx.Client, provider_id: str, entries: Sequence[Entry], existing: str) -> Iterator[Outcome]:
    """Imports entries as models of a provider; `existing` says what becomes of those that there are.

    A batch that the API refuses as a whole fails, and the others go on.
    """
    for start in range(0, len(entries), BATCH):
        batch = entries[start : start + BATCH]
        try:
            yield from _loaded(admin, provider_id, batch, existing)
        except _RefusedError as error:
            yield from (Outcome(entry.system_name, str(error), failed=True) for entry in batch)


def _loaded(admin: httpx.Client, provider_id: str, batch: Sequence[Entry], existing: str) -> list[Outcome]:
    body = {"entries": [entry.imported() for entry in batch], "existing": existing}
    path = f"providers/{quote(provider_id, safe='')}/catalog/import"
    try:
        answer = admin.post(path, json=body)
    except httpx.HTTPError as error:
        message = f"the admin API could not be reached: {error}"
        raise _RefusedError(message) from error
    if not answer.is_success:
        raise _refusal(answer)
    try:
        return [_outcome(each) for each in _json(answer)["data"]]
    except (KeyError, TypeError) as error:
        message = f"{answer.url} did not return what became of the models"
        raise _RefusedError(message) from error


def _outcome(imported: dict[str, Any]) -> Outcome:
    name, outcome = imported["systemName"], imported["outcome"]
    if outcome in _SAID:
        return Outcome(name, _SAID[outcome])
    return Outcome(name, _in_one_line(imported["detail"], imported["errors"]), failed=True)


def _refusal(answer: httpx.Response) -> _RefusedError:
    """A problem+json answer (RFC 9457) in one line, anything else by its status alone."""
    problem = _json(answer)
    detail = problem.get("detail") or problem.get("title") or answer.reason_phrase
    return _RefusedError(f"{answer.status_code} {_in_one_line(detail, problem.get('errors') or [])}")


def _in_one_line(detail: str, errors: list[Any]) -> str:
    fields = [f"{error.get('field')}: {error.get('message')}" for error in errors if isinstance(error, dict)]
    return detail + (f" ({'; '.join(fields)})" if fields else "")


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError:
        content = None
    return content if isinstance(content, dict) else {}
