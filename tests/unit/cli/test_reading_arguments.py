"""What is typed: bodies' fields, moments, days and months, and names of keys."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.support.cli_runner import Gateway, page, run
from tollgate_cli.arguments import spans
from tollgate_cli.arguments.body_options import Field, parsed, takes_body
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.commands.keys import key_commands, key_sides
from tollgate_cli.output.failures import UsageError
from tollgate_cli.session.current import session

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FIELDS = [
    Field("name", "text", "Its name."),
    Field("budgetLimit", "money", "Budget in USD.", nullable=True),
    Field("rpmLimit", "integer", "Requests a minute.", nullable=True),
    Field("manageChildren", "boolean", "Whether it may have keys."),
    Field("enforcement", "choice", "How it is enforced.", choices=("soft", "hard")),
    Field("expiresAt", "moment", "When it ends.", nullable=True),
    Field("allowedModels", "list", "Its models.", nullable=True),
    Field("tags", "mapping", "Its tags."),
    Field("downgrade", "json", "A policy.", nullable=True),
]


@pytest.fixture
def at_noon(monkeypatch):
    monkeypatch.setattr(spans, "now", lambda: NOW)


@pytest.fixture
def edits(monkeypatch):
    """A command with a body: what it sent."""
    sent = []
    app = group()

    @command(app, "edit", examples=["tollgate keys edit KEY --budget-limit 50"])
    @takes_body(FIELDS)
    def edit(key: key_sides.Key, *, body: dict) -> None:
        """Edit a key."""
        sent.append((key, body))
        session().admin.get_key(key)

    @app.callback()
    def keys() -> None:
        """So that there is a group."""

    monkeypatch.setattr(key_commands, "app", app)
    return sent


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("--budget-limit 50", {"budgetLimit": "50"}),
        ("--budget-limit 0.10", {"budgetLimit": "0.10"}),
        ("--budget-limit $1,234.50", {"budgetLimit": "1234.50"}),
        ("--budget-limit none", {"budgetLimit": None}),
        ("--rpm-limit 60 --name x", {"rpmLimit": 60, "name": "x"}),
        ("--name none", {"name": "none"}),
        ("--manage-children", {"manageChildren": True}),
        ("--no-manage-children", {"manageChildren": False}),
        ("--enforcement hard", {"enforcement": "hard"}),
        ("--expires-at 8h", {"expiresAt": "2026-03-01T20:00:00Z"}),
        ("--expires-at none", {"expiresAt": None}),
        ("--allowed-models a,b --allowed-models c", {"allowedModels": ["a", "b", "c"]}),
        ("--allowed-models none", {"allowedModels": None}),
        ("--tags a=b --tags c=d=e --tags f=", {"tags": {"a": "b", "c": "d=e", "f": ""}}),
        ("--tags none", {"tags": {}}),
        ('--downgrade {"at":0.90}', {"downgrade": {"at": "0.90"}}),
    ],
)
def test_an_option_sets_a_field(at_noon, edits, line, body):
    run("keys", "edit", "KEY", *line.split())
    assert edits == [("KEY", body)]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("--budget-limit ten", "--budget-limit: 'ten' isn't an amount"),
        ("--budget-limit 1e3", "isn't an amount"),
        ("--budget-limit NaN", "isn't an amount"),
        ("--rpm-limit 1.5", "--rpm-limit: '1.5' isn't a whole number"),
        ("--enforcement wild", "--enforcement: 'wild' is none of soft, hard"),
        ("--tags stage", "--tags: 'stage' isn't NAME=VALUE"),
        ("--expires-at soon", "--expires-at: 'soon' isn't a moment"),
        ("--downgrade {", "--downgrade: is no JSON"),
        ("--json-body nowhere.json", "nowhere.json can't be read"),
        ("--json-body -", "--json-body must be a JSON object"),
        ("", "Nothing to change"),
    ],
)
def test_what_cannot_be_read_is_not_sent(edits, line, complaint):
    ran = run("keys", "edit", "KEY", *line.split(), stdin="[]")
    assert ran.code == 2
    assert complaint in ran.stderr
    assert edits == []


def test_a_file_is_the_body_and_options_come_on_top(edits, tmp_path):
    path = tmp_path / "body.json"
    path.write_text('{"budgetLimit": 1.10, "name": "of the file", "other": [0.5]}')
    run("keys", "edit", "KEY", "--json-body", str(path), "--name", "of the line")
    run("keys", "edit", "KEY", "--json-body", "-", stdin='{"name": "of stdin"}')
    first, second = (body for _, body in edits)
    assert first == {"budgetLimit": "1.10", "name": "of the line", "other": ["0.5"]}
    assert second == {"name": "of stdin"}


def test_a_refused_field_is_told_by_its_option(edits):
    errors = [{"field": "budgetLimit", "message": "must be less"}, {"field": "tags.a", "message": "is odd"}]
    problem = {"detail": "The request is not valid.", "errors": errors}
    answer = httpx.Response(
        422, headers={"content-type": "application/problem+json"}, content=json.dumps(problem)
    )
    gateway = Gateway({"GET /api/admin/apiKey/KEY": answer})
    ran = run("keys", "edit", "KEY", "--budget-limit", "50", gateway=gateway)
    assert ran.code == 1
    assert "  --budget-limit: must be less\n" in ran.stderr
    assert "  tags.a: is odd\n" in ran.stderr


def test_what_the_sentence_says_of_a_field_is_not_said_again(edits):
    said = "The model `none` does not exist."
    error = {"message": said, "type": "invalid_request_error", "code": "model_not_found", "param": "model"}
    gateway = Gateway({"POST /v1/estimate": httpx.Response(404, json={"error": error})})
    environment = {"TOLLGATE_URL": "https://gateway.example.com", "TOLLGATE_API_KEY": "sk-tg-of-a-test"}
    ran = run("estimate", "--model", "none", "--prompt", "x", gateway=gateway, environment=environment)
    assert ran.stderr == f"Error: {said}\n"


def test_required_fields_must_be_given():
    create: Any = takes_body(FIELDS, required=["name", "budgetLimit"])(lambda body: body)
    with pytest.raises(UsageError, match="--name and --budget-limit must be given"):
        create(json_body=None, **dict.fromkeys(each.parameter for each in FIELDS))


def test_a_field_that_is_no_text_of_its_kind_is_refused():
    with pytest.raises(UsageError):
        parsed(FIELDS[2], "many")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("30m", "2026-03-01T12:30:00Z"),
        ("30d", "2026-03-31T12:00:00Z"),
        ("2w", "2026-03-15T12:00:00Z"),
        ("2026-11-29T18:00:00+02:00", "2026-11-29T16:00:00Z"),
    ],
)
def test_moments_ahead(at_noon, text, moment):
    assert spans.moment_ahead(text) == moment


def test_a_day_ahead_lasts_to_its_end_and_one_that_was_begins_at_its_start(at_noon):
    end = datetime.fromisoformat(spans.moment_ahead("2026-03-09")).astimezone()
    assert (end.hour, end.day) == (0, 10)
    start = datetime.fromisoformat(spans.moment_back("2026-03-09")).astimezone()
    assert (start.hour, start.day) == (0, 9)
    assert spans.moment_back("2h") == "2026-03-01T10:00:00Z"


@pytest.mark.parametrize("text", ["", "soon", "8x", "-1d", "2026-13-01", "99999999d", "999999w"])
def test_what_is_no_moment(at_noon, text):
    for read in (spans.moment_ahead, spans.moment_back, spans.day):
        with pytest.raises(ValueError, match="isn't a"):
            read(text)


def test_days_and_months_are_the_machines(at_noon):
    today = NOW.astimezone().date()
    assert spans.day("today") == today.isoformat()
    assert spans.day("2026-01-31") == "2026-01-31"
    assert spans.day("1d") == spans.day("yesterday") < spans.day("today")
    assert spans.month("this-month") == f"{today:%Y-%m}"
    assert spans.month("last-month") < spans.month("this-month")
    assert spans.month("2026-01") == "2026-01"
    for wrong in ("2026-1", "2026-13", "march"):
        with pytest.raises(ValueError, match="isn't a month"):
            spans.month(wrong)


ONE = {"id": "key_0000000000000001", "name": "Search team", "externalId": "search"}
NAMESAKE = {"id": "key_0000000000000002", "name": "Search team", "externalId": None}
CLOSE = {"id": "key_0000000000000003", "name": "Search team two", "externalId": None}


def found(*keys):
    """Keys as the API looks for them: by external id, or by a part of the name."""

    def answer(request):
        query = request.url.params
        if "externalId" in query:
            return page(*(key for key in keys if key["externalId"] == query["externalId"]))
        return page(*(key for key in keys if query.get("search", "").lower() in key["name"].lower()))

    return Gateway({"GET /api/admin/apiKey": answer})


@pytest.mark.parametrize("reference", ["ext:search", "search", "name:Search team", "Search team", ONE["id"]])
def test_a_key_is_found_by_id_external_id_and_name(reference):
    gateway = found(ONE, CLOSE)
    run("keys", "show", reference, gateway=gateway)
    assert gateway.requests[-1].url.path == f"/api/admin/apiKey/{ONE['id']}"


@pytest.mark.parametrize("reference", ["ext:other", "name:search", "nothing", "key_short"])
def test_a_key_that_is_not_there_is_not_found(reference):
    ran = run("keys", "show", reference, gateway=found(ONE))
    assert ran.code == 4
    assert f'"{reference}" was not found' in ran.stderr


def test_a_name_of_two_keys_is_no_name():
    ran = run("keys", "show", "Search team", gateway=found(ONE, NAMESAKE, CLOSE))
    assert ran.code == 2
    assert ONE["id"] in ran.stderr
    assert NAMESAKE["id"] in ran.stderr
    assert CLOSE["id"] not in ran.stderr
