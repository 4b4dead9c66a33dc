"""All that a proxy needs around it: DynamoDB Local with tables, a catalog and keys, and a provider."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.local.environment import ROOT, isolated
from infra.local.free_ports import LOOPBACK, answers, free_ports
from infra.local.processes.children import Children
from infra.local.tables import create_tables, read_template, table_schemas
from tests.bench.gateway import parameter_store
from tests.bench.gateway.execution_environment import STREAM, ExecutionEnvironment
from tests.bench.local_client import connected
from tests.support.builders import model, provider, scope
from tollgate.catalog.catalog import ModelType
from tollgate.catalog.store.catalog_table import CatalogTable
from tollgate.keys import api_keys
from tollgate.keys.store.keys_table import KeysTable
from tollgate.ledger.scopes import Enforcement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tollgate.keys.api_keys import ApiKey

_READY_SECONDS = 30.0
_EVENTS = ROOT / "tests/events"
_HARD: dict[str, Any] = {"budget_limit": "1000000", "enforcement": Enforcement.HARD}
_TAGS = {"team": "search", "project": "answers"}
_TABLES = {
    "KEYS_TABLE": "KeysTable",
    "USAGE_TABLE": "UsageTable",
    "CATALOG_TABLE": "CatalogTable",
    "RESPONSES_TABLE": "ResponsesTable",
    "ANSWERS_TABLE": "AnswersTable",
    "BATCHES_TABLE": "BatchesTable",
    "BODIES_TABLE": "BodiesTable",
}


@dataclass
class BenchStack:
    """What runs, and environments of the proxy on top of it."""

    client: Any
    tables: dict[str, str]
    provider_url: str
    children: Children
    logs: Path
    variables: dict[str, str]
    _exit: ExitStack
    _keys: dict[int, ApiKey] = field(default_factory=dict)

    def key(self, depth: int) -> ApiKey:
        """A key with two tags and so many scopes to its root, itself included, all with hard budgets."""
        if depth not in self._keys:
            self._keys[depth] = self.new_key(depth)
        return self._keys[depth]

    def new_key(self, depth: int, *, above: Mapping[str, Any] | None = None, **changes: Any) -> ApiKey:
        """The same with `changes` to the key itself, and with those of `above` to its root."""
        keys = KeysTable(self.client, self.tables["KeysTable"])
        chain = [api_keys.issue() for _ in range(depth)]
        for parent, key in zip([None, *chain], chain, strict=False):
            own = {"tags": _TAGS, **changes} if key is chain[-1] else {}
            root = above or {} if parent is None else {}
            parent_id = parent.key_id if parent else None
            keys.add(scope(key, parent_id=parent_id, **{**_HARD, **root, **own}))
        return chain[-1]

    def environment(
        self, name: str, *, handler: str = STREAM, folder: Path = ROOT, python: tuple[str, ...] = ()
    ) -> ExecutionEnvironment:
        """A process of the proxy that is ready."""
        made = ExecutionEnvironment(
            self.children, name, self.variables, handler=handler, folder=folder, python=python
        )
        self._exit.callback(made.close)
        made.await_ready()
        return made


@contextmanager
def running() -> Iterator[BenchStack]:
    """A stack with the models `small` and `vectors`, of a provider that answers at once."""
    with ExitStack() as stack:
        client = stack.enter_context(connected())
        tables = create_tables(client, table_schemas(read_template(ROOT / "template.yaml")), "bench")
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tollgate-bench-")))
        children = stack.enter_context(Children(logs, isolated(os.environ)))
        provider_url = _provider(children)
        catalog = CatalogTable(client, tables["CatalogTable"])
        catalog.add_provider(provider(f"{provider_url}/v1"))
        catalog.add_model(model("small", remote_id="small-2026"))
        catalog.add_model(model("vectors", type=ModelType.EMBEDDING, output_price=None))
        endpoints = {
            "AWS_ENDPOINT_URL_DYNAMODB": client.meta.endpoint_url,
            "AWS_ENDPOINT_URL_SSM": stack.enter_context(parameter_store.running()),
            "AWS_REGION": "us-east-1",
        }
        named = {variable: tables[table] for variable, table in _TABLES.items()}
        settings = json.loads((_EVENTS / "environment.json").read_text())["ProxyFunction"]
        exit_stack = stack.enter_context(ExitStack())
        yield BenchStack(
            client, tables, provider_url, children, logs, {**settings, **named, **endpoints}, exit_stack
        )


def _provider(children: Children) -> str:
    (port,) = free_ports(1)
    child = children.start(
        "mock provider", [sys.executable, "-m", "infra.mock_provider", "--port", str(port)], cwd=ROOT
    )
    child.require_ready(lambda: answers(port), _READY_SECONDS)
    return f"http://{LOOPBACK}:{port}"
