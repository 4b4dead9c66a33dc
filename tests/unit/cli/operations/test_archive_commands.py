"""`tollgate archive`: what it asks the stack's function, prints and ends with."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.response import StreamingBody

from tests.support.cli_runner import run
from tests.support.examined_stack import NAME, World
from tollgate_cli.operations import aws_access

SPAN = ("--from", "2026-11-01", "--to", "2026-11-30")


class Archive(World):
    """A stack with an archive; `answers` are the function's, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.outputs["ArchiveFunction"] = "archive-function"
        self.parameters["Archive"] = "on"
        self.answers: list[Any] = []
        self.events: list[Any] = []
        self.failed = False
        self["lambda", "invoke"] = self._invoked

    def _invoked(self, request: dict[str, Any]) -> dict[str, Any]:
        assert (request["FunctionName"], request["Qualifier"]) == ("archive-function", "live")
        self.events.append(json.loads(request["Payload"]))
        said = json.dumps(self.answers.pop(0)).encode()
        answer = {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(said), len(said))}
        return {**answer, "FunctionError": "Unhandled"} if self.failed else answer


@pytest.fixture
def world(monkeypatch) -> Archive:
    made = Archive()
    access = SimpleNamespace(client=lambda service, _seconds=0: made.client(service))
    monkeypatch.setattr(aws_access, "sign_in", lambda _profile, _region: access)
    return made


def archive(*arguments: str) -> Any:
    return run("archive", *arguments, "--stack", NAME)


def day(name: str, counted: int, archived: int, *, complete: bool = True) -> dict[str, Any]:
    return {
        "day": name,
        "counted": counted,
        "archived": archived,
        "files": 1,
        "complete": complete,
        "writtenAt": "2026-11-20T10:00:00Z" if complete else None,
    }


@pytest.mark.parametrize(
    ("days", "code", "states"),
    [
        ([day("2026-11-01", 5, 5)], 0, ["archived"]),
        ([day("2026-11-01", 5, 6)], 0, ["archived"]),  # no sum has a name that is too long for it
        ([day("2026-11-01", 5, 4)], 1, ["lacks requests"]),
        (
            [day("2026-11-01", 5, 5), day("2026-11-02", 1, 0, complete=False)],
            1,
            ["archived", "to be archived"],
        ),
        ([], 0, []),
    ],
)
def test_days_are_compared_with_their_sums(world, days, code, states):
    world.answers = [{"days": days}]
    ran = archive("status", *SPAN, "--json")
    assert (ran.code, [row["state"] for row in ran.json]) == (code, states)
    assert world.events == [{"task": "status", "first": "2026-11-01", "last": "2026-11-30"}]


def test_days_are_archived_run_by_run_until_all_are(world):
    world.answers = [
        {"complete": False, "archived": ["2026-11-01"]},
        {"complete": True, "archived": ["2026-11-02", "2026-11-03"]},
    ]
    ran = archive("run", *SPAN)
    assert (ran.code, ran.stdout) == (0, "2026-11-01\n2026-11-02\n2026-11-03\n")
    assert world.events == [{"task": "archive", "first": "2026-11-01", "last": "2026-11-30"}] * 2


def test_a_function_that_fails_is_told_of(world):
    world.failed, world.answers = True, [{"errorMessage": "no such bucket", "errorType": "ServiceError"}]
    ran = archive("run", *SPAN)
    assert (ran.code, ran.stdout) == (1, "")
    assert "no such bucket" in ran.stderr


def test_a_stack_without_an_archive_is_told_how_to_get_one(world):
    world.parameters["Archive"] = "off"
    ran = archive("status")
    assert (ran.code, world.events) == (1, [])
    assert "Archive=on" in ran.stderr


def test_a_span_that_ends_before_it_begins_is_refused(world):
    assert archive("run", "--from", "2026-11-02", "--to", "2026-11-01").code == 2
    assert world.asked == []
