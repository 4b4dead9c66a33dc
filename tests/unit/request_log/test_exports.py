"""Exports of the request log: what is in the files, and that they are written while they are read."""

from __future__ import annotations

import csv
import io
import json
import threading
import weakref
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lambda_streaming import loop
from lambda_streaming.runtime_api import RuntimeApi
from tests.support.admin_client import CONTEXT
from tests.support.builders import NOW, record
from tests.support.fake_lambda import PATIENCE_SECONDS, FakeLambda
from tollgate.ledger.records import BillingParts, Outcome, PackDraw
from tollgate.pricing.bill import Breakdown, BreakdownLine
from tollgate.pricing.price_versions import UNPRICED
from tollgate.pricing.usage import NO_USAGE, ModelUsage, TokenClass, Usage, UsageSource
from tollgate.request_log.store.request_log_table import NothingFoundError
from tollgate_admin import streaming
from tollgate_admin.composition import Composition
from tollgate_admin.request_log import exports

TOKEN = "the-admin-token"
COST = Decimal("0.000270000000000001")
PLAIN = record(
    "req_1",
    breakdown=Breakdown((BreakdownLine("input", 1800, Decimal("0.15"), COST),)),
    usage=Usage(
        {TokenClass.INPUT: 400, TokenClass.CACHED_INPUT: 600, TokenClass.OUTPUT: 800},
        UsageSource.PROVIDER,
        {"web_search": 2},
    ),
    owner_email="owner@example.com",
    tags={"team": "räume"},
    scopes=("key_a", "key_b"),
)
REFUSED = record(
    "req_2",
    outcome=Outcome.FAILED,
    usage=NO_USAGE,
    breakdown=Breakdown(()),
    http_status=None,
    provider_id=None,
    remote_model=None,
    streamed=True,
    price_version=UNPRICED.id,
)


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def as_csv(*records):
    return rows(b"".join(exports.to_csv([list(records)])))


def test_a_row_has_a_requests_figures_exactly():
    (row,) = as_csv(PLAIN)
    assert row["id"] == "req_1"
    assert row["calculatedCost"] == "0.000270000000000001"
    assert (row["promptTokens"], row["completionTokens"]) == ("1000", "800")
    assert (row["tokens.cached_input"], row["tokens.reasoning"]) == ("600", "0")
    assert (row["httpStatus"], row["streamed"], row["priced"]) == ("200", "false", "true")
    assert (row["createdAt"], row["scopes"]) == ("2026-03-14T15:09:26.535Z", "key_a key_b")
    assert json.loads(row["tags"]) == {"team": "räume"}
    assert json.loads(row["toolCalls"]) == {"web_search": 2}


def test_what_is_not_known_is_empty():
    (row,) = as_csv(REFUSED)
    assert (row["httpStatus"], row["providerId"], row["remoteModel"], row["ownerEmail"]) == ("",) * 4
    assert (row["calculatedCost"], row["priced"], row["streamed"]) == ("0", "false", "true")
    assert (row["tags"], row["toolCalls"], row["failedAttempts"]) == ("", "", "0")


@pytest.mark.parametrize(
    ("column", "changes"),
    [
        ("ownerEmail", {"owner_email": "=cmd@example.com"}),
        ("remoteModel", {"remote_model": "@SUM(A1)"}),
        ("providerRequestId", {"provider_request_id": "-2+3"}),
    ],
)
def test_no_spreadsheet_runs_what_others_have_named(column, changes):
    (row,) = as_csv(replace(PLAIN, **changes))
    assert row[column] == "'" + next(iter(changes.values()))


def test_text_with_commas_quotes_and_lines_stays_in_its_cell():
    (row,) = as_csv(replace(PLAIN, remote_model='a,"b"\r\nc'))
    assert row["remoteModel"] == 'a,"b"\r\nc'


def test_the_tokens_of_further_models_are_beside_those_of_the_model_that_was_asked_for():
    other = ModelUsage("=adviser-1", {TokenClass.INPUT: 70, TokenClass.OUTPUT: 7})
    advised = replace(PLAIN, usage=replace(PLAIN.usage, others=(other,)))
    told = [{"model": "=adviser-1", "tokens": {"input": 70, "output": 7}}]

    (line,) = b"".join(exports.to_jsonl([[advised]])).decode().splitlines()
    shown = json.loads(line)
    assert shown["otherModels"] == told
    assert shown["tokens"] == {"input": 400, "cached_input": 600, "output": 800}
    assert (shown["promptTokens"], shown["completionTokens"]) == (1000, 800)

    (row,) = as_csv(advised)
    assert json.loads(row["otherModels"]) == told
    (row,) = as_csv(PLAIN)
    assert row["otherModels"] == ""


def test_who_paid_for_a_request_is_in_either_file():
    half = COST / 2
    paid = replace(
        PLAIN,
        pack_draws=(PackDraw("key_b", "pck_1", half),),
        billing=BillingParts("key_b", half, Decimal(0)),
    )
    draws = [{"keyId": "key_b", "packId": "pck_1", "amount": str(half)}]
    billing = {"keyId": "key_b", "included": str(half), "metered": "0"}

    (line,) = b"".join(exports.to_jsonl([[paid]])).decode().splitlines()
    assert (json.loads(line)["packDraws"], json.loads(line)["billing"]) == (draws, billing)
    (row,) = as_csv(paid)
    assert (json.loads(row["packDraws"]), json.loads(row["billing"])) == (draws, billing)
    (row,) = as_csv(PLAIN)
    assert (row["packDraws"], row["billing"]) == ("", "")


def test_without_requests_there_are_the_columns_alone_and_no_line_of_json():
    (columns,) = b"".join(exports.to_csv([])).decode().splitlines()
    assert columns.startswith("id,createdAt,completedAt,keyId")
    assert b"".join(exports.to_jsonl([])) == b""


def test_a_line_of_json_is_the_request_as_it_is_shown():
    first, second = b"".join(exports.to_jsonl([[PLAIN], [REFUSED]])).decode().splitlines()
    shown = json.loads(first)
    assert (shown["id"], shown["calculatedCost"]) == ("req_1", "0.000270000000000001")
    assert shown["breakdown"][0] == {
        "item": "input",
        "quantity": 1800,
        "unitPrice": "0.15",
        "cost": "0.000270000000000001",
    }
    assert json.loads(second)["outcome"] == "failed"


def streaming_over(batches):
    """The streaming function over a log of the test: an event in, its answer out."""
    services: Any = SimpleNamespace(
        settings=SimpleNamespace(reporting_zone=ZoneInfo("UTC")),
        clock=lambda: NOW + timedelta(days=30),
        log=SimpleNamespace(batches=lambda wanted, patience: iter(batches)),
    )
    return partial(streaming.streamed, composition=Composition(lambda: services, lambda: TOKEN))


def asked(token=TOKEN, **query):
    return {
        "httpMethod": "GET",
        "path": "/api/admin/requests/export",
        "headers": {"Authorization": f"Bearer {token}"},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()},
        "requestContext": {"requestId": "1"},
        "body": None,
    }


def answered(batches, event):
    return streaming_over(batches)(event, CONTEXT)


@pytest.mark.parametrize(
    ("form", "media_type"), [("csv", "text/csv; charset=utf-8"), ("jsonl", "application/x-ndjson")]
)
def test_a_file_has_a_name_of_its_span_and_its_form(form, media_type):
    answer = answered([[PLAIN]], asked(format=form, **{"from": "2026-03-01", "to": "2026-03-31"}))
    assert answer.status == 200
    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="requests-2026-03-01-to-2026-03-31.{form}"'
    )
    assert b"req_1" in b"".join(answer.chunks)


@pytest.mark.parametrize(
    ("event", "status"), [(asked("wrong"), 401), (asked(format="xlsx"), 422), (asked(status="x"), 422)]
)
def test_what_is_refused_is_a_problem(event, status):
    answer = answered([], event)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert json.loads(b"".join(answer.chunks))["status"] == status


def broken(*batches):
    yield from batches
    raise OSError("DynamoDB is gone")


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_fails_before_the_first_record_is_a_problem(form):
    answer = answered(broken(), asked(format=form))
    assert (answer.status, answer.headers["Content-Type"]) == (500, "application/problem+json")


@pytest.fixture
def fake():
    fake = FakeLambda()
    yield fake
    fake.close()


@pytest.fixture
def serve(fake):
    """Lambda invokes the function once, under the runtime that streams."""
    api = RuntimeApi(fake.address)

    def serve(batches, event):
        fake.invoke(event)
        loop.serve(api, streaming_over(batches), api.next())
        (response,) = fake.responses
        return response

    yield serve
    api.close()


def test_a_batch_is_on_its_way_before_the_next_one_is_read(fake, serve):
    arrived = threading.Event()
    fake.on_chunk = lambda chunk: arrived.set() if b"req_1" in chunk else None

    def batches():
        yield [PLAIN]
        assert arrived.wait(PATIENCE_SECONDS), "the first batch waits for the second"
        yield [REFUSED]

    response = serve(batches(), asked(format="jsonl"))

    _, first, second = response.chunks
    assert (json.loads(first)["id"], json.loads(second)["id"]) == ("req_1", "req_2")
    assert response.trailers == {}


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_file_that_breaks_off_ends_as_an_error_and_not_as_a_file(serve, form):
    response = serve(broken([PLAIN]), asked(format=form))
    assert any(b"req_1" in chunk for chunk in response.chunks)
    assert response.trailers["lambda-runtime-function-error-type"] == "Function.OSError"


class Batch(list[Any]):
    """A list that can be watched; what compares equal is not the same."""

    __hash__ = object.__hash__  # type: ignore[assignment]  # which a list has none of
    __eq__ = object.__eq__


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_large_file_is_never_whole_in_memory(form):
    """10,000 requests: a batch is let go before the one after the next is read."""
    alive = weakref.WeakSet()

    def batches():
        for _ in range(100):
            batch = Batch([PLAIN] * 100)
            alive.add(batch)
            yield batch

    sizes = []
    for chunk in answered(batches(), asked(format=form)).chunks:
        sizes.append(len(chunk))
        assert len(alive) <= 2
    assert len(sizes) >= 100
    assert sum(sizes) > 2_500_000
    assert max(sizes) < 110_000


def test_a_span_that_holds_nothing_for_long_is_refused_and_says_where_to_go_on():
    def batches():
        raise NothingFoundError(datetime(2025, 1, 31, 12, tzinfo=UTC))
        yield

    answer = answered(batches(), asked(**{"from": "2025-01-01", "to": "2026-03-14"}))
    (error,) = json.loads(answer.chunks[0])["errors"]
    assert (answer.status, error["field"]) == (422, "to")
    assert "Retry with to=2025-01-31T12:00:00.000Z" in error["message"]
