"""`tollgate recovery`: what it asks of AWS, prints and ends with."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.response import StreamingBody

from infra.local.environment import ROOT
from tests.support.cli_runner import run
from tests.support.examined_stack import NAME, TEMPLATE, World, physical, refused
from tollgate_cli.operations import aws_access
from tollgate_cli.operations.doctor.stack import table_checks
from tollgate_cli.operations.recovery import restorable_tables, table_exports

BUCKET = "team-exports"
EARLIEST, LATEST = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 30, 2, tzinfo=UTC)
AT = "2026-11-29T18:00:00Z"
ALL = tuple(restorable_tables.NAMES)


def arn(table: str, kind: str = "", name: str = "") -> str:
    whole = f"arn:aws:dynamodb:eu-central-1:123456789012:table/{table}"
    return f"{whole}/{kind}/{name}" if kind else whole


class Exports(World):
    """A stack whose tables DynamoDB exports when it is asked to, each with ten items, in two looks."""

    def __init__(self) -> None:
        super().__init__()
        self.exports: dict[str, dict[str, Any]] = {}
        self.item_count = 10
        self.outcome = "COMPLETED"
        self["dynamodb", "describe_table"] = lambda request: {
            "Table": {"TableArn": arn(request["TableName"]), "ItemCount": 7, "TableSizeBytes": 4096}
        }
        self["dynamodb", "describe_continuous_backups"] = backups()
        self["dynamodb", "list_exports"] = lambda request: {
            "ExportSummaries": [
                {"ExportArn": each["ExportArn"], "ExportStatus": each["ExportStatus"]}
                for each in self.exports.values()
                if each["TableArn"] == request["TableArn"]
            ]
        }
        self["dynamodb", "export_table_to_point_in_time"] = self._begin
        self["dynamodb", "describe_export"] = self._look

    def _begin(self, request: dict[str, Any]) -> dict[str, Any]:
        made = arn(request["TableArn"].rsplit("/", 1)[1], "export", f"0176-{len(self.exports)}")
        self.exports[made] = {**request, "ExportArn": made, "ExportStatus": "IN_PROGRESS", "looks": 0}
        return {"ExportDescription": {"ExportArn": made}}

    def _look(self, request: dict[str, Any]) -> dict[str, Any]:
        found = self.exports[request["ExportArn"]]
        found["looks"] += 1
        if found["looks"] == 2:
            found |= {"ExportStatus": self.outcome, "ItemCount": self.item_count, "FailureMessage": "no room"}
        return {"ExportDescription": {name: value for name, value in found.items() if name != "looks"}}


def backups(earliest: datetime = EARLIEST, latest: datetime = LATEST) -> dict[str, Any]:
    return {
        "ContinuousBackupsDescription": {
            "ContinuousBackupsStatus": "ENABLED",
            "PointInTimeRecoveryDescription": {
                "PointInTimeRecoveryStatus": "ENABLED",
                "EarliestRestorableDateTime": earliest,
                "LatestRestorableDateTime": latest,
            },
        }
    }


@pytest.fixture
def world(monkeypatch) -> Exports:
    made = Exports()
    monkeypatch.setattr(
        aws_access, "sign_in", lambda _profile, _region: SimpleNamespace(client=made.client, session=None)
    )
    monkeypatch.setattr(table_exports, "_PAUSE_SECONDS", 0)
    return made


def recovery(*arguments: str) -> Any:
    return run("recovery", *arguments, "--stack", NAME)


def exported(*arguments: str) -> Any:
    return recovery("export", "--bucket", BUCKET, *arguments)


def test_what_can_be_exported_is_what_the_template_keeps():
    assert sorted(f"{name}Table" for name in restorable_tables.NAMES.values()) == sorted(
        table_checks.BACKED_UP
    )
    assert {f"{name}Export" for name in restorable_tables.NAMES.values()} <= TEMPLATE["Parameters"].keys()


def test_the_plan_says_as_of_when_all_tables_can_be_exported(world):
    world["dynamodb", "describe_continuous_backups"] = lambda request: (
        backups(latest=datetime(2026, 11, 30, 1, 59, 30, tzinfo=UTC))
        if request["TableName"] == physical("AuditTable")
        else backups()
    )
    ran = recovery("plan")
    assert ran.code == 0
    assert [line.split()[:3] for line in ran.stdout.splitlines()[1:]] == [[name, "7", "4096"] for name in ALL]
    assert ran.stderr == "The latest instant that all of them have is 2026-11-30T01:59:30Z.\n"
    assert {method.split("_")[0] for _, method in world.asked} == {"describe", "list"}


@pytest.mark.parametrize(
    ("answer", "at", "problem"),
    [
        (backups(earliest=LATEST), AT, "its backups begin later"),
        (backups(latest=EARLIEST), AT, "that isn't backed up yet"),
        (
            {"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "DISABLED"}},
            AT,
            "it has no point-in-time recovery",
        ),
    ],
)
def test_what_keeps_a_table_from_being_exported_is_said_before_anything_is_done(world, answer, at, problem):
    world["dynamodb", "describe_continuous_backups"] = answer
    planned = recovery("plan", "--at", at, "--json")
    assert planned.code == 1
    assert {row["problem"] for row in planned.json} == {problem}
    ran = exported("--at", at)
    assert (ran.code, ran.stdout) == (1, "")
    assert problem in ran.stderr
    assert world.exports == {}


def test_all_tables_are_exported_as_of_one_instant_and_the_parameters_are_printed(world):
    ran = exported("--at", AT)
    assert ran.code == 0
    begun = list(world.exports.values())
    assert [each["TableArn"] for each in begun] == [
        arn(physical(f"{name}Table")) for name in restorable_tables.NAMES.values()
    ]
    assert {each["ExportTime"] for each in begun} == {datetime(2026, 11, 29, 18, tzinfo=UTC)}
    lines = dict(line.split("=", 1) for line in ran.stdout.splitlines())
    assert list(lines) == ["RestoreBucket", *(f"{name}Export" for name in restorable_tables.NAMES.values()),
                           "TableGeneration"]  # fmt: skip
    assert lines["RestoreBucket"] == BUCKET
    assert lines["CostsExport"] == "recovery/20261129T180000Z/costs/AWSDynamoDB/0176-2/data/"
    assert lines["TableGeneration"] == "1"
    for name, value in lines.items():
        assert accepted(name, value), name


def accepted(name: str, value: str) -> bool:
    parameter = TEMPLATE["Parameters"][name]
    return bool(re.fullmatch(parameter["AllowedPattern"], value)) and len(value) <= parameter.get(
        "MaxLength", 63
    )


def test_an_export_that_was_begun_before_is_gone_on_with(world):
    first = exported("--at", AT, "--json").json
    again = exported("--at", AT, "--json").json
    assert again == first
    assert len(world.exports) == len(ALL)


def test_one_that_failed_is_told_of_and_begun_anew(world):
    world.outcome = "FAILED"
    ran = exported("--at", AT, "--table", "keys")
    assert (ran.code, ran.stdout) == (1, "")
    assert "no room" in ran.stderr
    world.outcome = "COMPLETED"
    assert exported("--at", AT, "--table", "keys").code == 0
    assert len(world.exports) == 2


def test_without_an_instant_it_is_the_latest_that_all_have(world):
    exported("--table", "keys", "--table", "usage")
    assert [each["ExportTime"] for each in world.exports.values()] == [LATEST, LATEST]


def test_of_a_table_without_items_there_is_nothing_to_make_one_from(world):
    world.item_count = 0
    assert list(exported("--at", AT, "--table", "alerts", "--json").json) == [
        "RestoreBucket",
        "TableGeneration",
    ]


def test_a_restored_table_stands_in_for_one_that_is_gone(world):
    assert exported("--at", AT, "--table", "keys", "--source", "keys=keys-restored").code == 0
    assert [each["TableArn"] for each in world.exports.values()] == [arn("keys-restored")]


@pytest.mark.parametrize(
    "wrong", [["--table", "bodies"], ["--source", "keys"], ["--source", "bodies=x"], ["--at", "soon"]]
)
def test_what_makes_no_sense_is_refused_before_aws_is_asked(world, wrong):
    assert exported(*wrong).code == 2
    assert world.asked == []


def test_a_table_that_is_gone_is_named(world):
    message = "Requested resource not found: Table: x not found"
    world["dynamodb", "describe_table"] = refused("ResourceNotFoundException", message)
    ran = exported("--at", AT)
    assert ran.code == 4
    assert physical("KeysTable") in ran.stderr


def test_another_bucket_makes_no_table_anew_that_was_not_asked_for(world):
    world.parameters |= {"RestoreBucket": "other", "UsageExport": "recovery/x/data/", "TableGeneration": "z"}
    ran = exported("--at", AT, "--table", "keys")
    assert (ran.code, world.exports) == (1, {})
    assert "UsageExport" in ran.stderr
    assert exported("--at", AT, "--json").json["TableGeneration"] == "0"


# --- check -----------------------------------------------------------------------------------------

SOURCE = "recovery/20261129T180000Z/keys/AWSDynamoDB/0176-0/data/"


def made_of(world: Exports, **imported: Any) -> None:
    """The keys' table was imported like this, of ten items."""
    world.parameters |= {"RestoreBucket": BUCKET, "KeysExport": SOURCE}
    made = arn(physical("KeysTable"), "import", "0177")
    summary = json.dumps({"itemCount": 10, "exportTime": "2026-11-29T18:00:00.000Z"}).encode()

    def read(request: dict[str, Any]) -> dict[str, Any]:
        assert request["Key"] == f"{SOURCE.removesuffix('data/')}manifest-summary.json"
        return {"Body": StreamingBody(io.BytesIO(summary), len(summary))}

    world["s3", "get_object"] = read
    world["dynamodb", "list_imports"] = {"ImportSummaryList": [{"ImportArn": made}] if imported else []}
    world["dynamodb", "describe_import"] = {"ImportTableDescription": {"ImportArn": made, **imported}}


@pytest.fixture
def functions(world):
    """Their live versions use the stack's tables."""
    names = restorable_tables.NAMES.items()
    variables = {f"{name.upper()}_TABLE": physical(f"{table}Table") for name, table in names}
    world["lambda", "get_function_configuration"] = {"Environment": {"Variables": variables}}
    return variables


def test_a_stack_that_was_never_restored_has_nothing_to_compare(world, functions):
    ran = recovery("check")
    assert (ran.code, ran.stdout) == (0, "")
    assert ran.stderr == "No table of this stack was made from an export.\n"


@pytest.mark.parametrize(
    ("imported", "code", "problem"),
    [
        ({"ImportStatus": "COMPLETED", "ImportedItemCount": 10, "ErrorCount": 0}, 0, None),
        ({"ImportStatus": "COMPLETED", "ImportedItemCount": 9, "ErrorCount": 0}, 1, "other items than"),
        ({"ImportStatus": "FAILED", "ImportedItemCount": 9, "FailureMessage": "bad"}, 1, "FAILED: bad"),
        (
            {"ImportStatus": "COMPLETED", "ImportedItemCount": 10, "ErrorCount": 1},
            1,
            "couldn't be imported: 1",
        ),
        ({}, 1, "wasn't made from an export"),
    ],
)
def test_each_table_is_compared_with_its_export(world, functions, imported, code, problem):
    made_of(world, **imported)
    ran = recovery("check", "--json")
    (row,) = ran.json
    assert (ran.code, row["table"], row["exported"]) == (code, "keys", 10)
    assert row["problem"] is None if problem is None else problem in row["problem"]


def test_a_function_whose_version_uses_the_table_before_is_named(world, functions):
    made_of(world, ImportStatus="COMPLETED", ImportedItemCount=10, ErrorCount=0)
    functions["KEYS_TABLE"] = "the-table-before"
    ran = recovery("check")
    assert ran.code == 1
    assert "ProxyFunction still uses the-table-before" in ran.stderr


def test_what_it_may_ask_is_in_the_docs(world, functions):
    made_of(world, ImportStatus="COMPLETED", ImportedItemCount=10, ErrorCount=0)
    recovery("check")
    exported("--at", AT)
    page = (ROOT / "docs/recovery.md").read_text()
    for service, method in set(world.asked):
        action = f"{service}:{''.join(part.title() for part in method.split('_'))}"
        assert f'"{action}"' in page, action
