"""The file that a local stack keeps: whole or the one before, for its owner, and loaded as it was written."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from infra.local import keeping
from infra.local.environment import ROOT
from infra.local.keeping import KeepError, KeptState, read, write
from infra.local.local_errors import UnusableError
from infra.local.seed import DemoKey
from tests.support.gzipped import gzipped

KEPT = KeptState(
    DemoKey("key_1", "sk-tg-secret"),
    "the-admin-token",
    {"/tollgate/tollgate-local/providers/p": "sk-provider"},
    {"KeysTable": [{"key_id": {"S": "key_1"}, "budget_used": {"N": "0.000270000000000001"}}]},
)

# Writes what it is to keep, and dies at a step of that.
DYING = """
import os, signal, sys
from pathlib import Path
from unittest import mock
from infra.local import keeping
from infra.local.seed import DemoKey
kept = keeping.KeptState(DemoKey("key_9", "s"), "t", {}, {"KeysTable": [{"key_id": {"S": "key_9"}}]})
with mock.patch(sys.argv[2], lambda *_: os.kill(os.getpid(), signal.SIGKILL)):
    keeping.write(Path(sys.argv[1]), kept)
"""


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


def test_a_full_disk_leaves_the_file_before_and_nothing_beside_it(path, monkeypatch):
    write(path, KEPT)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(KeepError, match="No space left"):
        write(path, KEPT)
    assert read(path) == KEPT
    assert list(path.parent.iterdir()) == [path]


def test_a_process_that_dies_while_it_writes_leaves_the_file_before(path):
    """At each of the steps that a write takes, by `kill -9` from within."""
    write(path, KEPT)
    for step in ("json.dump", "os.fsync", "pathlib.Path.replace"):
        died = subprocess.run([sys.executable, "-c", DYING, str(path), step], cwd=ROOT, check=False)
        assert died.returncode == -signal.SIGKILL
        assert read(path) == KEPT, step
        assert keeping.drop_unfinished(path)
        assert list(path.parent.iterdir()) == [path]
    assert not keeping.drop_unfinished(path)
    write(path, replace(KEPT, admin_token="another"))
    assert read(path) == replace(KEPT, admin_token="another")


def test_what_is_loaded_is_said_and_from_when(path):
    key, family = {"key_id": {"S": "key_1"}}, {"key_id": {"S": "family#key_1"}}
    records = [{"request_id": {"S": f"req_{number}"}} for number in range(2)]
    tables = {"KeysTable": [key, family], "UsageTable": records}
    write(path, replace(KEPT, tables=tables, kept_at=1_790_000_000.5))
    assert read(path).described() == "1 key, 2 requests and 1 credential of 2026-09-21 14:13:20 UTC"


def test_a_file_without_a_moment_is_of_when_it_was_written(path):
    told = {"format": 1, "key": {"id": "key_1", "secret": "s"}, "admin_token": "t"}
    path.write_bytes(gzipped(json.dumps({**told, "parameters": {}, "tables": {}}).encode()))
    os.utime(path, (1_790_000_000, 1_790_000_000))
    assert read(path).described() == "0 keys, 0 requests and 0 credentials of 2026-09-21 14:13:20 UTC"


def test_an_emulator_that_has_lost_its_tables_is_not_kept():
    for tables in ({}, {"KeysTable": []}, {"KeysTable": [{"key_id": {"S": "key_2"}}]}):
        with pytest.raises(KeepError, match="demo key is missing"):
            keeping._require_whole(replace(KEPT, tables=tables))
    keeping._require_whole(KEPT)


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
    wire = json.loads(json.dumps(keeping.to_text(item)))
    assert keeping.to_bytes(wire) == item


def test_of_usage_the_last_day_may_not_have_been_summed_up():
    def of(days_ago):
        at = time.gmtime(time.time() - days_ago * 86_400)
        return {"completed_at": {"S": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", at)}}

    new, old = of(0.9), of(1.1)
    assert keeping._by_age([new, old]) == ([old], [new])
