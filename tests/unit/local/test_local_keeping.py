"""The file that a local stack keeps: whole or the one before, for its owner, and loaded as it was written."""

from __future__ import annotations

import json
import time

import pytest

from infra.local import keeping
from infra.local.keeping import KeptState, read, write
from infra.local.local_errors import UnusableError
from infra.local.seed import DemoKey
from tests.support.gzipped import gzipped

KEPT = KeptState(
    DemoKey("key_1", "sk-tg-secret"),
    "the-admin-token",
    {"/tollgate/tollgate-local/providers/p": "sk-provider"},
    {"KeysTable": [{"key_id": {"S": "key_1"}, "budget_used": {"N": "0.000270000000000001"}}]},
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / keeping.FILE


def test_what_is_written_is_read(path):
    write(path, KEPT)
    assert read(path) == KEPT
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_at_the_first_start_nothing_is_kept(path):
    assert read(path) is None


def test_a_write_that_breaks_off_leaves_the_file_before(path, monkeypatch):
    write(path, KEPT)
    monkeypatch.setattr("json.dump", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write(path, KEPT)
    assert read(path) == KEPT


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no gzip",
        gzipped(b"no json"),
        gzipped(b"[]"),
        gzipped(b"{}"),
        gzipped(json.dumps({"format": 2}).encode()),
        gzipped(json.dumps({"format": 1, "tables": {}}).encode()),
        gzipped(b'{"format": 1}' * 1000)[:40],
    ],
)
def test_what_can_not_be_loaded_is_said_and_not_overwritten(path, content):
    path.write_bytes(content)
    with pytest.raises(UnusableError, match="Remove it to start afresh"):
        read(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "item",
    [
        {"body": {"B": b"\x00\xff"}, "bodies": {"BS": [b"1", b"2"]}},
        {"B": {"S": "text"}, "BS": {"L": [{"S": "text"}]}},
        {"map": {"M": {"B": {"S": "x"}, "deep": {"L": [{"B": b"3"}, {"N": "1"}]}}}},
        {"no": {"NULL": True}, "yes": {"BOOL": False}, "set": {"SS": ["a", "b"]}},
    ],
)
def test_items_come_back_as_they_were(item):
    wire = json.loads(json.dumps(keeping._to_text(item)))
    assert keeping._to_bytes(wire) == item


def test_of_usage_the_last_day_may_not_have_been_summed_up():
    def of(days_ago):
        at = time.gmtime(time.time() - days_ago * 86_400)
        return {"completed_at": {"S": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", at)}}

    new, old = of(0.9), of(1.1)
    assert keeping._by_age([new, old]) == ([old], [new])
