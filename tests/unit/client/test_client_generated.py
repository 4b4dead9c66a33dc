"""The client's generated part fits the documents, and its types fit a program."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, get_type_hints

import pytest

import tollgate
from infra.client import type_expressions, written_files
from infra.client.api_documents import Api
from infra.client.record_types import Types
from infra.local.environment import ROOT
from tollgate_admin.documents import admin_document
from tollgate_admin.handler import app
from tollgate_admin.self_service import app as self_service
from tollgate_admin.self_service import client_document
from tollgate_client import VERSION
from tollgate_client.generated import types

PROGRAM = """
from collections.abc import Iterator
from typing import assert_type

from tollgate_client import AdminClient, ApiError, Client, NotFound, RevisionChanged, TextStream, pages
from tollgate_client.types import IssuedKeyView, KeyCreation, ListedKeyView, Priority, UsageView

def prepare(url: str, token: str) -> str:
    wanted: KeyCreation = {"name": "Search team", "budgetLimit": "50", "priority": "high"}
    with AdminClient(url, token) as admin:
        key = admin.create_key(wanted)
        assert_type(key, IssuedKeyView)
        try:
            admin.set_budget(key["id"], {"budgetLimit": "60"}, if_match=key["revision"])
        except RevisionChanged as error:
            print(error.status, error.request_id, [each.field for each in error.fields])
        rows = pages(admin.list_keys, status="active", limit=100)
        assert_type(rows, Iterator[ListedKeyView])
        priorities: list[Priority] = [row["priority"] for row in rows]
        with admin.by_key_text(from_="2026-11-01") as export:
            assert_type(export, TextStream)
            print(next(export), priorities)
    return key["key"] or "it was there already"

def used(url: str, key: str) -> str:
    usage = Client(url, key).usage(tree=True)
    assert_type(usage, UsageView)
    return usage["totals"]["cost"]
"""
WRONG = """
from tollgate_client import AdminClient, pages

def wrong(admin: AdminClient) -> None:
    admin.create_key({"budgetLimit": "50"})                  # without a name
    admin.create_key({"name": "x", "budgetLimit": 0.1})      # money that isn't text
    admin.create_key({"name": "x", "priority": "urgent"})    # none of the priorities
    admin.create_key({"name": "x", "budget": "5"})           # no field of it
    admin.list_keys("x")                                     # what is named elsewhere
    pages(admin.list_keys, colour="red")                     # no parameter of it
    pages(admin.get_me)                                      # no list
    admin.get_key("key_1")["nothing"]                        # no field of it
    admin.by_key_text(format="json")                         # what the other method answers
"""


def document(schemas: Any) -> Any:
    return {"components": {"schemas": schemas}, "paths": {}}


@pytest.fixture(scope="module")
def apis():
    return (
        Api("admin", admin_document.document(app.routes)),
        Api("client", client_document.document(self_service.app.routes)),
    )


def test_the_generated_part_is_that_of_the_documents(apis):
    there = {
        str(path.relative_to(written_files.FOLDER)): path.read_text()
        for path in written_files.FOLDER.rglob("*.py")
    }
    expected = written_files.generated(apis)
    differ = {path for path in there.keys() | expected.keys() if there.get(path) != expected.get(path)}
    assert not differ, "run `.venv/bin/python -m infra.client`"


def test_the_client_has_the_version_of_what_it_is_for():
    assert tollgate.__version__ == VERSION


def test_types_can_be_looked_up_when_programs_run():
    for name in types.__all__:
        found = getattr(types, name)
        if isinstance(found, type):
            assert get_type_hints(found)


def test_a_program_is_checked_against_the_api(tmp_path):
    """By mypy, as strict as it can be; without httpx, which takes it ten times as long."""
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "wrong.py").write_text(WRONG)
    mypy = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        "--no-error-summary",
        "--cache-dir=cache",
    ]
    apart = ["--no-site-packages", "--ignore-missing-imports", "--follow-imports=silent"]
    run = subprocess.run(
        [*mypy, *apart, "program.py", "wrong.py"],
        capture_output=True,
        check=False,
        text=True,
        env={"MYPYPATH": str(ROOT / "cli")},
        cwd=tmp_path,
    )
    found = [line for line in run.stdout.splitlines() if ": error:" in line]
    wrong = {f"wrong.py:{number}" for number, line in enumerate(WRONG.splitlines(), 1) if "#" in line}
    assert {":".join(line.split(":")[:2]) for line in found} == wrong, run.stdout + run.stderr


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "format": "date"}, "str"),
        ({"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "null"}]}, "str | None"),
        ({"anyOf": [{"type": "null"}, {"type": "integer"}]}, "int | None"),
        ({"type": "number"}, "float"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/A"}}, "list[A]"),
        ({"enum": ["a", 1]}, 'Literal["a", 1]'),
        ({"const": "usage"}, 'Literal["usage"]'),
        ({"type": "object"}, "dict[str, Any]"),
        ({"type": "object", "patternProperties": {"^a": {"type": "integer"}}}, "dict[str, int]"),
        ({"type": "object", "additionalProperties": {"type": "boolean"}}, "dict[str, bool]"),
    ],
)
def test_a_schema_has_its_type(schema, expected):
    assert type_expressions.expression(schema, lambda name: name) == expected


def test_a_schema_of_a_new_kind_is_noticed():
    with pytest.raises(ValueError, match="no type"):
        type_expressions.expression({"type": "tuple"}, lambda name: name)


def test_different_schemas_of_one_name_have_to_be_told_apart():
    record = {"type": "object", "properties": {"a": {"type": "string"}}}
    other = {"type": "object", "properties": {"a": {"type": "integer"}}}
    with pytest.raises(ValueError, match="would be called Thing"):
        Types([Api("admin", document({"Thing": record})), Api("client", document({"Thing": other}))])
    assert list(Types([Api(name, document({"Thing": record})) for name in ("admin", "client")]).by_name) == [
        "Thing"
    ]
