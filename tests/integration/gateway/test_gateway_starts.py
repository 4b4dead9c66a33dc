"""What the proxy has ready before its first request, and how it goes on from a snapshot."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from aws_wire.json_service import JsonService
from infra.local.environment import ROOT
from infra.local.free_ports import free_ports
from tests.support.builders import model, provider
from tests.support.fake_lambda import FakeLambda
from tollgate.catalog.store.catalog_table import CatalogTable
from tollgate_proxy import catalog_cache, handler, settings

ENVIRONMENT = json.loads((ROOT / "tests/events/environment.json").read_text())["ProxyFunction"]


@pytest.fixture
def catalog(dynamodb, tables):
    table = CatalogTable(dynamodb, tables["CatalogTable"])
    table.add_provider(provider())
    table.add_model(model("small"))
    return table


@pytest.fixture
def environment(monkeypatch, dynamodb_endpoint, tables, catalog):
    """A new execution environment of the proxy."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    for name in ("Keys", "Usage", "Catalog", "Responses", "Answers", "Bodies"):
        monkeypatch.setenv(f"{name.upper()}_TABLE", tables[f"{name}Table"])
    monkeypatch.setenv("AWS_ENDPOINT_URL", dynamodb_endpoint)
    _forget_all()
    yield settings.from_environment()
    handler.client().reset()
    _forget_all()


def _forget_all():
    for made in (
        settings.from_environment,
        handler.client,
        handler.parameters,
        handler.catalog,
        handler.gateway,
    ):
        made.cache_clear()


@pytest.fixture
def asked(environment, monkeypatch):
    """The operations that DynamoDB was asked for since."""
    names = []
    begin = JsonService.begin

    def noted(service, operation, body):
        names.append(operation)
        return begin(service, operation, body)

    monkeypatch.setattr(JsonService, "begin", noted)
    return names


def test_a_first_call_finds_the_catalog_read_and_the_gateway_made(environment, asked):
    handler.warm_up()
    assert asked == ["Query", "Query"]
    made = handler.gateway(environment)
    assert made.catalog.model("small") == model("small")
    assert made.catalog.provider(provider().id) == provider()
    assert asked == ["Query", "Query"]
    assert handler.gateway.cache_info().currsize == 1


def test_of_a_large_catalog_a_part_is_read_ahead_and_the_rest_when_it_is_asked_for(
    environment, asked, catalog, monkeypatch
):
    monkeypatch.setattr(catalog_cache, "MAX_AHEAD", 2)
    for name in ("medium", "large"):
        catalog.add_model(model(name))
    handler.warm_up()
    for name in ("small", "medium", "large"):
        assert handler.catalog(environment).model(name) == model(name)
    assert asked == ["Query", "Query", "GetItem"]


def test_what_goes_on_from_a_snapshot_reads_prices_anew_over_a_new_connection(environment, asked, catalog):
    handler.warm_up()
    changed = catalog.replace_model(replace(model("small"), safety_level=7))
    handler.renew()
    assert handler.catalog(environment).model("small") == changed
    assert asked == ["Query", "Query", "GetItem"]


def test_copies_of_a_snapshot_draw_different_numbers(environment):
    """Which of a model's targets is asked, and how long a try waits, is drawn."""
    handler.warm_up()
    drawing = handler.gateway(environment).dispatcher.random
    snapshot, shared = drawing.getstate(), random.getstate()
    drawn = set()
    for _ in range(2):
        drawing.setstate(snapshot)
        random.setstate(shared)
        handler.renew()
        drawn |= {drawing.random(), random.random()}
    assert len(drawn) == 4


def test_no_providers_key_is_read_before_a_call_needs_it(environment):
    """So that a snapshot has none."""
    handler.warm_up()
    credentials: Any = handler.gateway(environment).dispatcher.credentials
    assert credentials._known == {}


@pytest.fixture
def silent():
    """The address of somebody who takes a connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def nobody():
    (port,) = free_ports(1)
    return f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("kind", ["on-demand", "snap-start"])
@pytest.mark.parametrize("dynamodb_is", ["silent", "nobody"])
def test_a_start_goes_on_without_dynamodb_and_the_first_request_is_served(request, dynamodb_is, kind):
    """Lambda ends a start after ten seconds; a client of DynamoDB tries for longer."""
    fake = FakeLambda()
    fake.invoke({"httpMethod": "GET", "path": "/health", "headers": {}, "requestContext": {"stage": "dev"}})
    try:
        done = subprocess.run(
            [ROOT / "shared/stream", sys.executable, "/var/runtime/bootstrap.py"],
            env={
                **os.environ,
                **ENVIRONMENT,
                "AWS_ENDPOINT_URL": request.getfixturevalue(dynamodb_is),
                "AWS_LAMBDA_INITIALIZATION_TYPE": kind,
                "AWS_LAMBDA_LOG_FORMAT": "JSON",
                "AWS_LAMBDA_RUNTIME_API": fake.address,
                "LAMBDA_TASK_ROOT": str(ROOT / "functions/proxy"),
                "PYTHONPATH": str(ROOT / "shared"),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        fake.close()
    (response,) = fake.responses
    assert b'"status": "ok"' in b"".join(response.chunks)
    assert "The function starts cold" in done.stdout
