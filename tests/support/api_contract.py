"""Requests that the admin API's document allows, and such that it doesn't, and what answers must be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from schemathesis import Case

    AnyCase = Case[Any]

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Contract:
    """`ids` is an existing value for each parameter of a path, so that not all requests end in a 404.

    `url` is where the API is, or only its path, if an application is to be asked in place of a server.
    """

    def __init__(self, document: dict[str, Any], url: str, ids: Mapping[str, str], app: Any = None) -> None:
        self._document = _authorized(document, url)
        self._schema = schemathesis.openapi.from_dict(self._document)
        if app is None:
            self._schema.config.update(base_url=url)
        else:
            self._schema.app = app
        self._ids = ids

    def ask(self, name: str, call: Callable[[AnyCase], Any], examples: int) -> list[int]:
        """Asks a route, and says which statuses came; half of the requests violate its document."""
        statuses: list[int] = []
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            if mode is GenerationMode.POSITIVE or self._can_be_violated(name):
                self._ask(name, mode, call, examples, statuses)
        return statuses

    def _can_be_violated(self, name: str) -> bool:
        """By a parameter that isn't just any text, or by a body."""
        method, path = name.split()
        operation = self._document["paths"][path][method.lower()]
        schemas = [each["schema"] for each in operation["parameters"]]
        return any(schema != {"type": "string"} for schema in schemas) or "requestBody" in operation

    def _ask(
        self,
        name: str,
        mode: GenerationMode,
        call: Callable[[AnyCase], Any],
        examples: int,
        statuses: list[int],
    ) -> None:
        method, path = name.split()
        existing = {each: self._ids[each] for each in PLACEHOLDER.findall(path)}

        @given(case=self._schema[path][method].as_strategy(generation_mode=mode))
        @settings(
            max_examples=examples,
            derandomize=True,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def one(case: AnyCase) -> None:
            if mode is GenerationMode.POSITIVE:
                case.path_parameters = existing
            answer = call(case)
            statuses.append(answer.status_code)
            case.validate_response(answer, checks=CHECKS)

        one()


def _authorized(document: dict[str, Any], url: str) -> dict[str, Any]:
    """The document for who has a token in every request: to leave that out is no violation to be tried."""
    paths = {
        path: {method: {**each, "security": []} for method, each in operations.items()}
        for path, operations in document["paths"].items()
    }
    return {**document, "servers": [{"url": url}], "security": [], "paths": paths}
