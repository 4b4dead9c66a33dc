"""A gateway whose admin function runs in this process, and the command line that configures it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import httpx

from tests.support import cli_runner
from tests.support.admin_wsgi import application
from tests.support.table_pool import empty_tables
from tollgate_cli.configuration.files import yaml_writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.support.admin_client import Admin
    from tests.support.cli_runner import Ran
    from tests.support.table_pool import TablePool

LABEL = "platform"
PROVIDER_KEY = "sk-of-the-provider"
SECRETS = {"PROVIDER_KEY": PROVIDER_KEY}
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class KilledError(BaseException):
    """The process is gone: nothing of it runs any more."""


@dataclass
class Line(httpx.BaseTransport):
    """The way to the gateway. `before` and `after` are called with each write's place among the writes."""

    inner: httpx.BaseTransport
    before: Callable[[int], None] = lambda _: None
    after: Callable[[int], None] = lambda _: None
    writes: list[str] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        # A check changes nothing, whatever its method.
        if request.method not in WRITES or request.url.path.endswith("/check"):
            return self.inner.handle_request(request)
        place = len(self.writes)
        self.writes.append(f"{request.method} {request.url.path}")
        self.before(place)
        answer = self.inner.handle_request(request)
        self.after(place)
        return answer


@dataclass
class ConfiguredGateway:
    admin: Admin
    folder: Path
    environment: Mapping[str, str] = field(default_factory=lambda: SECRETS)

    def line(self, **hooks: Any) -> Line:
        return Line(httpx.WSGITransport(application(self.admin)), **hooks)

    def written(self, document: Mapping[str, Any], name: str = "tollgate.yaml") -> str:
        """The path of a file with a document, under the usual label."""
        path = self.folder / name
        path.write_text(yaml_writing.written({"version": 1, "label": LABEL, **document}))
        return str(path)

    def run(self, *arguments: str, line: Line | None = None, **options: Any) -> Ran:
        environment = {**cli_runner.SIGNED_IN, **self.environment}
        transport = line or self.line()
        return cli_runner.run(*arguments, transport=transport, environment=environment, **options)

    def apply(self, document: Mapping[str, Any], *options: str, line: Line | None = None) -> Ran:
        return self.run("apply", "-f", self.written(document), "--yes", *options, line=line)

    def diff(self, document: Mapping[str, Any], *options: str) -> Ran:
        return self.run("diff", "-f", self.written(document), *options)

    def exported(self) -> str:
        """The file that an export writes."""
        ran = self.run("export", "--label", LABEL)
        assert ran.code == 0, ran.stderr
        return ran.stdout

    def keys(self) -> dict[str, Any]:
        """By external id, or by id."""
        return {each["externalId"] or each["id"]: each for each in self._all("/apiKey")}

    def models(self) -> dict[str, Any]:
        return {each["systemName"]: each for each in self._all("/models")}

    def providers(self) -> dict[str, Any]:
        return {each["name"]: each for each in self._all("/providers")}

    def _all(self, path: str) -> list[Any]:
        found: list[Any] = []
        page: Any = {"nextCursor": None}
        while not found or page["nextCursor"]:
            query = {"cursor": page["nextCursor"]} if page["nextCursor"] else {}
            page = self.admin("GET", path, limit="100", **query).json
            found += page["data"]
            if not page["nextCursor"]:
                break
        return found


@contextmanager
def empty_gateway(
    pool: TablePool, admin_over: Callable[[Mapping[str, str]], Admin]
) -> Iterator[ConfiguredGateway]:
    with empty_tables(pool) as tables, TemporaryDirectory() as folder:
        yield ConfiguredGateway(admin_over(tables), Path(folder))
