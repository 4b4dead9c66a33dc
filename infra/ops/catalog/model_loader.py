"""Entries of the catalog as models of a gateway, through its admin API."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx

if TYPE_CHECKING:
    from infra.ops.catalog.shipped_prices import Entry

TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one entry, in words."""

    model: str
    said: str
    failed: bool = False

    def __str__(self) -> str:
        return f"{self.model}: {'FAILED: ' if self.failed else ''}{self.said}"


class RefusedError(Exception):
    """The admin API's refusal, with its fields, or that it did not answer."""


def client(admin_url: str, token: str, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    return httpx.Client(
        base_url=admin_url,
        headers={"Authorization": f"Bearer {token}"},
        timeout=TIMEOUT_SECONDS,
        transport=transport,
    )


class ModelLoader:
    """Creates models at a provider. With `update`, those that there are already get the catalog's prices."""

    def __init__(self, admin: httpx.Client, provider_id: str, *, update: bool = False) -> None:
        self._admin = admin
        self._provider_id = provider_id
        self._update = update
        self._ids: dict[str, str] | None = None

    def load(self, entry: Entry) -> Outcome:
        try:
            return self._load(entry)
        except RefusedError as error:
            return Outcome(entry.system_name, str(error), failed=True)

    def _load(self, entry: Entry) -> Outcome:
        answer = self._send("POST", "models", creation(entry, self._provider_id))
        if answer.status_code == HTTPStatus.CREATED:
            return Outcome(entry.system_name, "created")
        if not _is_name_taken(answer):
            raise _refusal(answer)
        if not self._update:
            return Outcome(entry.system_name, "already exists, unchanged")
        answer = self._send(
            "PATCH", f"models/{quote(self._id_of(entry.system_name), safe='')}", update(entry)
        )
        if not answer.is_success:
            raise _refusal(answer)
        return Outcome(entry.system_name, "updated")

    def _id_of(self, name: str) -> str:
        if self._ids is None:
            self._ids = self._listed()
        if name not in self._ids:
            message = "already exists, but is not in the list of models"
            raise RefusedError(message)
        return self._ids[name]

    def _listed(self) -> dict[str, str]:
        """The ids of all models by name, from every page."""
        ids: dict[str, str] = {}
        parameters: dict[str, str] = {}
        while True:
            answer = self._send("GET", "models", parameters=parameters)
            if not answer.is_success:
                raise _refusal(answer)
            page = _json(answer)
            try:
                ids |= {model["systemName"]: model["id"] for model in page["data"]}
            except (KeyError, TypeError) as error:
                message = f"{answer.url} did not return a list of models"
                raise RefusedError(message) from error
            if not page.get("nextCursor"):
                return ids
            parameters = {"cursor": page["nextCursor"]}

    def _send(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        parameters: dict[str, str] | None = None,
    ) -> httpx.Response:
        try:
            return self._admin.request(method, path, json=body, params=parameters)
        except httpx.HTTPError as error:
            message = f"the admin API could not be reached: {error}"
            raise RefusedError(message) from error


def creation(entry: Entry, provider_id: str) -> dict[str, Any]:
    """The body that creates the model, without the fields that the entry has not."""
    prices = entry.prices()
    if entry.request_price is None:
        del prices["requestPrice"]
    fields = {
        "systemName": entry.system_name,
        "providerId": provider_id,
        "modelType": entry.model_type,
        **prices,
        "contextLimit": entry.context_limit,
        "outputLimit": entry.output_limit,
        **_provenance(entry),
    }
    return {name: value for name, value in fields.items() if value not in (None, [], {})}


def update(entry: Entry) -> dict[str, Any]:
    """The body that gives a model the entry's prices and takes away those that the entry has not."""
    return {**entry.prices(), **_provenance(entry)}


def _provenance(entry: Entry) -> dict[str, str]:
    return {"source": entry.source, "sourcedAt": entry.sourced_at.isoformat()}


def _is_name_taken(answer: httpx.Response) -> bool:
    return answer.status_code == HTTPStatus.CONFLICT


def _refusal(answer: httpx.Response) -> RefusedError:
    """A problem+json answer (RFC 9457) in one line, anything else by its status alone."""
    problem = _json(answer)
    errors = problem.get("errors") or []
    fields = [f"{error.get('field')}: {error.get('message')}" for error in errors if isinstance(error, dict)]
    detail = problem.get("detail") or problem.get("title") or answer.reason_phrase
    return RefusedError(f"{answer.status_code} {detail}" + (f" ({'; '.join(fields)})" if fields else ""))


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError:
        content = None
    return content if isinstance(content, dict) else {}
