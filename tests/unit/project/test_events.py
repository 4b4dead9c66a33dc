"""The events under tests/events, through the handlers that `sam local` would start with them.

moto stands in for AWS here: these tests are about wiring, not about DynamoDB's semantics.
"""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from aws_wire import dynamodb, ssm
from infra.local.environment import ROOT
from infra.local.tables import create_tables, read_template, table_schemas
from infra.mock_otlp import otlp_receiver
from infra.mock_provider.server import running
from tests.support.builders import NOW, admission, model, price_version, provider, record, scope
from tests.support.telemetry_world import OTLP_DEFAULTS
from tollgate import identifiers
from tollgate.alerts.store.alerts_table import AlertsTable
from tollgate.aws import boto3_clients
from tollgate.aws import dynamodb as wire
from tollgate.catalog.store.catalog_table import CatalogTable
from tollgate.clock import utc_now
from tollgate.costs.store.closed_days import ClosedDays
from tollgate.gateway_state.store.batches_table import BatchesTable
from tollgate.gateway_state.stored_batches import BatchStage, StoredBatch, ThingKind
from tollgate.keys.store.keys_table import KeysTable
from tollgate.ledger.store.ledger import Ledger
from tollgate.ledger.store.record_table import RecordTable
from tollgate_admin import archive_handler, composition, streaming
from tollgate_admin import handler as admin
from tollgate_admin import settings as admin_settings
from tollgate_alerts import handler as alerts
from tollgate_alerts import settings as alerts_settings
from tollgate_console import handler as console
from tollgate_console import settings as console_settings
from tollgate_proxy import batch_handler
from tollgate_proxy import handler as proxy
from tollgate_proxy import settings as proxy_settings
from tollgate_proxy.gateway import Gateway
from tollgate_rollup import handler as rollup
from tollgate_rollup import settings as rollup_settings
from tollgate_sweeper import handler as sweeper
from tollgate_sweeper import settings as sweeper_settings
from tollgate_telemetry import handler as telemetry
from tollgate_telemetry import settings as telemetry_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

EVENTS = ROOT / "tests" / "events"
TEMPLATE = read_template(ROOT / "template.yaml")
ENVIRONMENT: dict[str, dict[str, str]] = json.loads((EVENTS / "environment.json").read_text())
CONTEXT: Any = SimpleNamespace(aws_request_id="1", get_remaining_time_in_millis=lambda: 60_000)
MINUTES: Any = SimpleNamespace(aws_request_id="1", get_remaining_time_in_millis=lambda: 900_000)


def event(name: str) -> dict[str, Any]:
    return json.loads((EVENTS / f"{name}.json").read_text())


def functions() -> dict[str, dict[str, Any]]:
    resources = TEMPLATE["Resources"].items()
    return {
        name: each["Properties"] for name, each in resources if each["Type"] == "AWS::Serverless::Function"
    }


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """AWS with the template's tables and secrets, and the environment of all functions."""
    for variables in ENVIRONMENT.values():
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
    forget_environment()
    with mock_aws():
        client = boto3.client("dynamodb")
        create_tables(client, table_schemas(TEMPLATE), prefix="tollgate")
        secret = ENVIRONMENT["AdminFunction"]["ADMIN_TOKEN_SECRET"]
        boto3.client("secretsmanager").create_secret(
            Name=secret, SecretString="the-admin-token-of-your-stack"
        )
        prefix = ENVIRONMENT["ProxyFunction"]["CREDENTIALS_PREFIX"]
        boto3.client("ssm").put_parameter(
            Name=f"{prefix}/{provider().id}", Value="sk-provider", Type="SecureString"
        )
        boto3.client("ssm").put_parameter(
            Name=ENVIRONMENT["ConsoleFunction"]["OIDC_PARAMETER"], Value='{"issuer": ""}', Type="String"
        )
        sender = ENVIRONMENT["AlertsFunction"]["SENDER_EMAIL"]
        boto3.client("sesv2").create_email_identity(EmailIdentity=sender)
        # moto answers none but boto3's clients.
        monkeypatch.setattr(dynamodb, "connect", lambda _, **_limits: boto3_clients.dynamodb())
        monkeypatch.setattr(ssm, "connect", lambda _, **_limits: boto3_clients.ssm())
        yield client
    forget_environment()


def forget_environment() -> None:
    """Empties what an execution environment keeps between events."""
    for kept in (
        proxy_settings.from_environment,
        proxy.client,
        proxy.parameters,
        proxy.catalog,
        proxy.gateway,
        admin_settings.from_environment,
        composition.composed,
        alerts_settings.from_environment,
        alerts.alerting,
        alerts.spent,
        alerts.summary_writer,
        rollup._rollup,
        rollup._closing,
        rollup_settings.from_environment,
        console_settings.from_environment,
        console.console,
        sweeper_settings.from_environment,
        sweeper._client,
        telemetry_settings.from_environment,
        telemetry.exporter,
        admin_settings.of_archive,
        archive_handler._archiving,
    ):
        kept.cache_clear()


def test_the_environment_file_sets_what_the_template_gives_each_function():
    declared = {name: set(each["Environment"]["Variables"]) for name, each in functions().items()}
    assert {name: set(variables) for name, variables in ENVIRONMENT.items()} == declared


def test_every_function_has_an_event():
    events = {path.stem.partition("-")[0] for path in EVENTS.glob("*-*.json")}
    assert events == {name.removesuffix("Function").lower() for name in functions()}


def test_a_chat_event_is_answered_and_charged(aws):
    keys = KeysTable(aws, ENVIRONMENT["ProxyFunction"]["KEYS_TABLE"])
    catalog = CatalogTable(aws, ENVIRONMENT["ProxyFunction"]["CATALOG_TABLE"])
    keys.add(scope())
    catalog.add_model(model("gpt-4o-mini"))
    with running() as url:
        catalog.add_provider(provider(f"{url}/v1"))
        answer = proxy.handler(event("proxy-chat"), CONTEXT)

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["object"] == "chat.completion"
    charged = keys.get(scope().key_id)
    assert str(charged.budget_used.normalize()) == answer["headers"]["x-tollgate-cost-usd"]
    assert charged.holds == {}
    listed = json.loads(proxy.handler(event("proxy-models"), CONTEXT)["body"])
    assert [each["id"] for each in listed["data"]] == ["gpt-4o-mini"]


def test_a_streamed_chat_event_is_charged_when_its_body_was_read(aws):
    keys = KeysTable(aws, ENVIRONMENT["ProxyFunction"]["KEYS_TABLE"])
    catalog = CatalogTable(aws, ENVIRONMENT["ProxyFunction"]["CATALOG_TABLE"])
    keys.add(scope())
    catalog.add_model(model("gpt-4o-mini"))
    asked = event("proxy-chat")
    asked["body"] = json.dumps({**json.loads(asked["body"]), "stream": True})
    with running() as url:
        catalog.add_provider(provider(f"{url}/v1"))
        answer = proxy.stream(asked, CONTEXT)
        assert answer.status == 200
        assert keys.get(scope().key_id).holds
        assert b"".join(answer.chunks).endswith(b"data: [DONE]\n\n")

    charged = keys.get(scope().key_id)
    assert charged.holds == {}
    assert charged.budget_used > 0


def test_a_stream_may_take_the_functions_time_but_for_what_settling_takes(aws, monkeypatch):
    """And no shorter time, as an answer in one piece must."""
    seen = []
    monkeypatch.setattr(proxy, "utc_now", lambda: NOW)
    monkeypatch.setattr(Gateway, "handle", lambda self, request: seen.append(request))
    proxy.stream(event("proxy-chat"), SimpleNamespace(get_remaining_time_in_millis=lambda: 900_000))
    (request,) = seen
    assert request.deadline == NOW + timedelta(seconds=897)


def test_an_admin_event_creates_a_key(aws):
    answer = admin.handler(event("admin-create-key"), CONTEXT)

    assert answer["statusCode"] == 201
    created = json.loads(answer["body"])
    stored = KeysTable(aws, ENVIRONMENT["AdminFunction"]["KEYS_TABLE"]).get(created["id"])
    assert stored.owner_email == "owner@example.com"
    assert created["key"] not in str(list(wire.pages(aws.scan, TableName="tollgate-KeysTable")))


def test_a_usage_event_shows_in_the_overview(aws):
    """The event names no shard: it is of a mapping without windows, as on the local stack."""
    assert rollup.handler(event("rollup-usage"), CONTEXT) == {"batchItemFailures": [], "state": {}}

    answer = admin.handler(event("admin-costs-overview"), CONTEXT)

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["totals"]["cost"] == "0.25"


def test_a_closing_event_closes_days_and_says_which(aws):
    closed = rollup.handler(event("rollup-close"), CONTEXT)["closed"]
    assert closed == sorted(closed)
    assert rollup.handler(event("rollup-close"), CONTEXT) == {"closed": []}


def test_an_archive_event_writes_days_that_are_closed_and_says_which(aws):
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="tollgate-archive")
    day = (utc_now().date() - timedelta(days=3)).isoformat()
    ClosedDays(aws, ENVIRONMENT["RollupFunction"]["COSTS_TABLE"]).done(day)
    scheduled = {**event("archive-days"), "first": day}
    assert archive_handler.handler(scheduled, MINUTES) == {"complete": True, "archived": [day]}
    assert archive_handler.handler(scheduled, MINUTES) == {"complete": True, "archived": []}
    asked = {"task": "status", "first": day, "last": day}
    (row,) = archive_handler.handler(asked, MINUTES)["days"]
    assert (row["day"], row["complete"], row["counted"], row["archived"]) == (day, True, 0, 0)


def test_an_export_event_is_answered_with_a_file_as_a_stream_and_in_one_piece(aws):
    made = record(identifiers.request_id(NOW))
    RecordTable(aws, ENVIRONMENT["AdminFunction"]["USAGE_TABLE"], timedelta(days=400)).put(made)

    streamed = streaming.stream(event("export-requests"), CONTEXT)
    whole = admin.handler(event("export-requests"), CONTEXT)

    assert streamed.status == whole["statusCode"] == 200
    assert streamed.headers["Content-Type"].startswith("text/csv")
    columns, row = b"".join(streamed.chunks).decode().splitlines()
    assert (columns.split(",")[0], row.split(",")[0]) == ("id", made.request_id)
    assert whole["body"] == f"{columns}\r\n{row}\r\n"


def test_a_page_event_is_answered_with_the_document_of_every_page(aws, monkeypatch, tmp_path):
    (tmp_path / "index.html").write_text('<base href="/console/" />')
    monkeypatch.setattr(console, "SITE", tmp_path)

    streamed = console.stream(event("console-page"), CONTEXT)
    whole = console.handler(event("console-page"), CONTEXT)

    assert (streamed.status, b"".join(streamed.chunks)) == (200, b'<base href="../" />')
    assert base64.b64decode(whole["body"]) == b'<base href="../" />'


def test_a_keys_event_makes_an_alert_and_the_schedule_finds_nothing_more_to_do(aws):
    key = scope(used="8.5", owner_email="owner@example.com")
    KeysTable(aws, ENVIRONMENT["AlertsFunction"]["KEYS_TABLE"]).add(key)

    assert alerts.handler(event("alerts-keys"), CONTEXT) == {"batchItemFailures": []}
    alerts.handler(event("alerts-come-back"), CONTEXT)

    table = AlertsTable(aws, ENVIRONMENT["AlertsFunction"]["ALERTS_TABLE"])
    (alert,), _ = table.history(key.key_id, 10, None)
    assert (alert.content.percent, alert.content.used) == (80, Decimal("8.5"))
    (delivery,) = alert.deliveries.values()
    assert (delivery.address, delivery.attempts) == ("owner@example.com", 1)


def test_a_usage_event_is_told_to_the_receiver_that_parameters_name(aws, monkeypatch):
    told = ENVIRONMENT["TelemetryFunction"]
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    CatalogTable(aws, told["CATALOG_TABLE"]).add_provider(provider())
    parameters = boto3.client("ssm")
    with otlp_receiver.running() as receiver:
        settings = OTLP_DEFAULTS | {"endpoint": receiver.url}
        parameters.put_parameter(Name=told["OTLP_PARAMETER"], Value=json.dumps(settings), Type="String")
        parameters.put_parameter(
            Name=f"{told['OTLP_HEADERS_PREFIX']}/headers", Value="x-api-key=secret", Type="SecureString"
        )
        assert telemetry.handler(event("telemetry-usage"), CONTEXT) == {"batchItemFailures": []}

    (span,) = receiver.spans
    assert (span.parent_id, span.attributes["gen_ai.provider.name"]) == ("b7ad6b7169203331", "mock")
    assert (span.resource["cloud.region"], span.resource["service.namespace"]) == ("us-east-1", "local")
    assert {headers["x-api-key"] for _, headers in receiver.requests} == {"secret"}
    assert {each.metric for each in receiver.points} >= {"tollgate.cost", "tollgate.requests"}


def test_a_sweep_event_settles_what_was_abandoned_and_an_audit_event_finds_that_right(aws, capsys):
    keys = KeysTable(aws, ENVIRONMENT["SweeperFunction"]["KEYS_TABLE"])
    keys.add(scope())
    Ledger(aws, keys.table, ENVIRONMENT["SweeperFunction"]["USAGE_TABLE"], timedelta(days=400)).admit(
        admission()
    )

    sweeper.handler(event("sweeper-sweep"), CONTEXT)
    sweeper.handler(event("sweeper-audit"), CONTEXT)

    assert keys.get(scope().key_id).budget_used == 1
    swept, audited = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (swept["RequestsAbandoned"], audited["LedgerDrift"], audited["ScopesAudited"]) == (1, 0, 1)


def test_a_seal_event_seals_the_latest_day_that_is_over_for_long_enough(aws, capsys):
    sweeper.handler(event("sweeper-seal"), CONTEXT)
    sweeper.handler(event("sweeper-seal"), CONTEXT)
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each.get("DaysSealed") for each in written] == [1, None, 0]
    assert written[1]["SealsBroken"] == written[2]["DaysOverdue"] == 0


def test_a_look_at_batches_settles_one_that_has_ended(aws):
    """A batch of nothing that the provider has: what it takes to come that far is wired up."""
    told = ENVIRONMENT["BatchesFunction"]
    KeysTable(aws, told["KEYS_TABLE"]).add(scope())
    batches = BatchesTable(aws, told["BATCHES_TABLE"])
    batches.begin(
        StoredBatch(
            kind=ThingKind.BATCH,
            request_id="req_1",
            key_id=scope().key_id,
            provider_id="prv_mock",
            api="chat",
            model="small",
            remote_id="small-2026",
            price=price_version({}),
            calls=1,
            admitted_at=NOW,
            held_until=NOW,
            stage=BatchStage.BEGINNING,
            due_at=NOW,
        )
    )
    batch_handler.handler(event("batches-look"), CONTEXT)
    assert list(batches.due(utc_now())) == []
    assert aws.scan(TableName=told["BATCHES_TABLE"])["Items"] == []
