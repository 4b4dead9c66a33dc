"""The published JSON Schema is that of the admin API as it is, and says what each field is for."""

from __future__ import annotations

import json

import jsonschema
import pytest

from infra.client import schema_files
from infra.local.environment import ROOT
from tests.support.cli_runner import run
from tollgate_admin.documents import admin_document
from tollgate_admin.handler import app
from tollgate_cli.configuration.files import file_schema, source_files

CURRENT = schema_files.text(admin_document.document(app.routes))
SCHEMA = json.loads(CURRENT)
KINDS = ("Settings", "Alerts", "Provider", "Model", "Key")


@pytest.mark.parametrize("path", schema_files.FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_file_is_current(path):
    assert path.read_text() == CURRENT, "Run `python -m infra.client`."


def test_it_is_a_schema_and_the_command_prints_it():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert run("schema").stdout == CURRENT == file_schema.text()


def objects(part, path=""):
    """All schemas of objects, by where they are."""
    if isinstance(part, list):
        for each in part:
            yield from objects(each, path)
    if isinstance(part, dict):
        if part.get("type") == "object":
            yield path, part
        for name, each in part.items():
            yield from objects(each, f"{path}.{name}")


def test_every_object_is_closed():
    found = dict(objects(SCHEMA))
    assert len(found) > 20
    assert [path for path, each in found.items() if each["additionalProperties"] is not False] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_says_what_it_is_for(kind):
    fields = SCHEMA["$defs"][kind]["properties"]
    silent = [name for name, field in fields.items() if not field.get("description")]
    assert not silent, f"{kind}: infra.client.documented_fields says nothing of {silent}."


def test_it_has_every_field_that_creations_take():
    schemas = admin_document.document(app.routes)["components"]["schemas"]
    renamed = {"providerId": "provider", "parentId": "parent"}
    for kind in ("Provider", "Model", "Key"):
        taken = {renamed.get(name, name) for name in schemas[f"{kind}Creation"]["properties"]} - {"managedBy"}
        assert taken == SCHEMA["$defs"][kind]["properties"].keys() - {"secret"}


def test_the_example_in_the_documentation_is_taken():
    read = source_files.load([str(ROOT / "docs" / "examples" / "tollgate.yaml")])
    assert read.label == "platform"
    assert len(read.things) == 10
