"""Bodies of calls: kept where a key has them kept, as they passed, and nowhere else."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.builders import KEY, NOW, scope
from tests.support.gateway_world import CALLS, HELLO, Lane
from tollgate import identifiers
from tollgate.clock import utc_now
from tollgate.keys import api_keys
from tollgate.request_log.kept_bodies import MAX_BYTES, CapturedBody, KeptBodies
from tollgate.request_log.store.bodies_table import BodiesTable
from tollgate_proxy.side.body_recorder import BodyRecorder

WEEK = timedelta(days=7)


class Keeping(Lane):
    """A lane whose gateway keeps bodies, if the key wants it."""

    def gateway(self, **changes: Any) -> Any:
        kept = BodyRecorder(self.dynamodb, self.tables["BodiesTable"], WEEK, utc_now)
        return replace(super().gateway(**changes), record_bodies=kept.recording)

    def kept(self, request_id: str) -> KeptBodies | None:
        return BodiesTable(self.dynamodb, self.tables["BodiesTable"]).find(request_id, utc_now())


@pytest.fixture
def keeper(lanes) -> Keeping:
    return Keeping(lanes, keep_bodies=True)


@pytest.mark.parametrize(
    ("api", "streams"),
    [*((api, False) for api in CALLS), *((api, True) for api in ("chat", "responses", "messages"))],
)
def test_bodies_are_kept_as_they_were_sent_and_passed_on(keeper, api, streams):
    path, body = CALLS[api]
    sent = json.dumps({**body, **({"stream": True} if streams else {})}, indent=1)
    answer = keeper.call(sent.encode(), path=path)
    assert answer.status == 200
    kept = keeper.kept(answer.id)
    assert kept is not None
    assert (kept.request.content.decode(), kept.response.content.decode()) == (sent, answer.text)
    assert (kept.request.size, kept.response.size) == (len(sent), len(answer.text.encode()))
    assert not kept.request.is_truncated
    assert kept.key_id == keeper.key.key_id
    assert kept.expires_at - kept.kept_at <= WEEK


def test_what_is_kept_has_no_secret(keeper):
    answer = keeper.chat()
    stored = keeper.dynamodb.scan(TableName=keeper.tables["BodiesTable"])["Items"]
    mine = [each for each in stored if each["request_id"]["S"] == answer.id]
    assert {name for each in mine for name in each} == {
        "request_id", "part", "key_id", "body", "size", "kept_at", "expires_at",
    }  # fmt: skip
    kept = keeper.kept(answer.id)
    assert kept is not None
    for secret in (keeper.key.reveal(), keeper.key.secret, "sk-provider"):
        assert secret.encode() not in kept.request.content + kept.response.content


def test_an_answer_that_failed_is_kept_as_the_client_got_it(keeper):
    refused = keeper.chat(mock={"status": 400})
    silent = keeper.chat(mock={"abort": "before_headers"})
    for answer in (refused, silent):
        assert answer.status >= 400
        kept = keeper.kept(answer.id)
        assert kept is not None
        assert kept.response.content.decode() == answer.text


def test_what_was_refused_is_not_kept(keeper):
    keeper.keys.edit(keeper.scope, replace(keeper.scope, allowed_models=frozenset({"other"})))
    assert keeper.chat().status == 403
    other = keeper.chat(model="other")
    unknown = keeper.call({"model": "small", "messages": HELLO}, key=replace(keeper.key, secret="T" * 32))
    for answer in (other, unknown):
        assert answer.status in {401, 404}
        assert keeper.kept(answer.id) is None


def test_without_the_keys_wish_nothing_is_done(lanes):
    def keep(*_: Any) -> Any:
        raise AssertionError("nobody asked for this")

    lane = Lane(lanes)
    answer = lane.call(
        {"model": "small", "messages": HELLO}, gateway=replace(lane.gateway(), record_bodies=keep)
    )
    assert answer.status == 200


def test_bodies_are_written_when_the_client_has_all_and_the_call_is_settled(keeper):
    answer = keeper.begin({"model": "small", "messages": HELLO, "stream": True})
    assert b"".join(answer.chunks).endswith(b"data: [DONE]\n\n")
    request_id = answer.headers["x-request-id"]
    assert keeper.kept(request_id) is None
    answer.after()
    assert keeper.scope.holds == {}
    assert keeper.kept(request_id) is not None


def test_a_client_that_goes_away_settles_its_call_all_the_same(keeper):
    answer = keeper.begin({"model": "small", "messages": HELLO, "stream": True, "mock": {"endless": True}})
    chunks = iter(answer.chunks)
    passed = next(chunks) + next(chunks)
    chunks.close()
    answer.after()
    assert keeper.scope.holds == {}
    kept = keeper.kept(answer.headers["x-request-id"])
    assert kept is not None
    assert kept.response.content == passed


def test_a_call_is_none_the_worse_if_its_bodies_can_not_be_kept(keeper, caplog):
    failing: Any = SimpleNamespace(
        put_item=lambda **_: (_ for _ in ()).throw(OSError("no table; Hello there"))
    )
    gateway = replace(
        keeper.gateway(), record_bodies=BodyRecorder(failing, "bodies", WEEK, utc_now).recording
    )
    answer = keeper.call({"model": "small", "messages": HELLO}, gateway=gateway)
    assert answer.status == 200
    assert keeper.scope.holds == {}
    (line,) = [record for record in caplog.records if record.name == "tollgate_proxy.side.body_recorder"]
    assert line.getMessage() == f"The bodies of {answer.id} can't be kept: OSError"
    assert "Hello" not in caplog.text


@pytest.fixture
def table(dynamodb, tables) -> BodiesTable:
    return BodiesTable(dynamodb, tables["BodiesTable"])


def kept_of(content: bytes, size: int | None = None) -> KeptBodies:
    body = CapturedBody(content, len(content) if size is None else size)
    return KeptBodies(identifiers.request_id(NOW), "key_a", body, body, NOW, NOW + WEEK)


@pytest.mark.parametrize(
    "content",
    [random.Random(1).randbytes(MAX_BYTES), random.Random(1).randbytes(300_000) * 3],
    ids=["random", "repeated"],
)
def test_what_does_not_fit_is_kept_as_far_as_it_does(table, content):
    bodies = kept_of(content)
    table.keep(bodies)
    found = table.find(bodies.request_id, NOW)
    assert found is not None
    for body in (found.request, found.response):
        assert body.is_truncated
        assert body.size == len(content)
        assert content.startswith(body.content)
        assert len(body.content) > 200_000


@pytest.mark.parametrize("content", [b"", b"a" * MAX_BYTES, "räume".encode()], ids=len)
def test_what_fits_is_kept_whole(table, content):
    bodies = kept_of(content)
    table.keep(bodies)
    found = table.find(bodies.request_id, NOW)
    assert found is not None
    assert (found.request, found.response) == (bodies.request, bodies.response)
    assert (found.key_id, found.kept_at) == (bodies.key_id, NOW)


def test_an_admin_reads_what_was_kept_which_is_noted(admin):
    admin.services.keys.add(scope())
    bodies = replace(
        kept_of(b""),
        key_id=KEY.key_id,
        request=CapturedBody(b'{"model": "small"}', 18),
        response=CapturedBody("räu".encode()[:-1], 900),
        kept_at=utc_now(),
        expires_at=utc_now() + WEEK,
    )
    admin.services.bodies.keep(bodies)

    shown = admin("GET", f"/requests/{bodies.request_id}/bodies").json

    assert (shown["id"], shown["keyId"]) == (bodies.request_id, KEY.key_id)
    assert shown["request"] == {
        "body": '{"model": "small"}', "encoding": "text", "size": 18, "truncated": False,
    }  # fmt: skip
    assert shown["response"] == {"body": "rä", "encoding": "text", "size": 900, "truncated": True}
    (change,) = admin("GET", "/audit", entity=KEY.key_id).json["data"]
    assert (change["actions"], change["actor"]) == (["bodies.read"], "admin")
    assert change["after"] == {"requestId": bodies.request_id}


def test_what_is_no_text_is_shown_in_base64(admin):
    for content in (b"\xff\x00", b'"' * MAX_BYTES, "rä".encode()[:-1]):
        bodies = replace(kept_of(content), key_id=KEY.key_id, expires_at=utc_now() + WEEK)
        admin.services.bodies.keep(bodies)
        shown = admin("GET", f"/requests/{bodies.request_id}/bodies")
        assert shown.json["request"]["encoding"] == "base64"
        assert len(json.dumps(shown.text)) < 6_000_000


def test_bodies_that_were_not_kept_or_have_expired_are_unknown_and_reading_them_is_not_noted(admin):
    expired = replace(kept_of(b"x"), key_id=KEY.key_id)
    admin.services.bodies.keep(expired)
    for request_id in (expired.request_id, identifiers.request_id(NOW), "req_1"):
        assert admin("GET", f"/requests/{request_id}/bodies").status == 404
    assert admin("GET", "/audit", entity=KEY.key_id).json["data"] == []


def test_lists_have_no_bodies(admin, ledgers):
    key = ledgers.add(api_keys.issue(), keep_bodies=True)
    ledgers.spend(key, "0.1")
    (shown,) = admin("GET", "/requests", keyId=key.key_id, **{"from": "2026-03-14", "to": "2026-03-14"}).json[
        "data"
    ]
    assert not {"request", "response", "body", "bodies"} & shown.keys()
