"""The file of new keys' secrets: private, complete, and honest about what got lost."""

from __future__ import annotations

import json
import os

import pytest

from tollgate_cli.configuration.applying.key_file import KeyFile, KeyFileError


def test_it_is_private_and_each_line_is_there_at_once(tmp_path):
    path = tmp_path / "keys.jsonl"
    with KeyFile(path) as keys:
        keys.begin("team")
        assert json.loads(path.read_text()) == {"externalId": "team", "state": "creating"}
        keys.add("team", "key_1", "sk-1")
        assert json.loads(path.read_text().splitlines()[1]) == {
            "externalId": "team",
            "id": "key_1",
            "key": "sk-1",
        }
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_was_begun_and_never_came_is_known_when_it_is_opened_again(tmp_path):
    path = tmp_path / "keys.jsonl"
    with KeyFile(path) as keys:
        keys.begin("lost")
        keys.begin("there")
        keys.add("there", "key_1", "sk-1")
    with KeyFile(path) as keys:
        assert keys.unfinished == ("lost",)
        keys.begin("there")
        assert keys.unfinished == ("lost", "there")
        assert keys.added == 0
        keys.add("there", "key_2", "sk-2")
        assert keys.added == 1


def test_a_line_that_was_cut_off_counts_as_lost_and_spoils_no_other(tmp_path):
    path = tmp_path / "keys.jsonl"
    with KeyFile(path) as keys:
        keys.begin("team")
        keys.add("team", "key_1", "sk-1")
    os.truncate(path, path.stat().st_size - 5)
    with KeyFile(path) as keys:
        assert keys.unfinished == ("team",)
        keys.add("other", "key_2", "sk-2")
    with KeyFile(path) as keys:
        assert keys.unfinished == ("team",)
    assert json.loads(path.read_text().splitlines()[-1])["key"] == "sk-2"


def test_a_file_of_something_else_or_in_no_folder_is_refused(tmp_path):
    other = tmp_path / "other"
    other.write_text("precious\n")
    other.chmod(0o600)
    with pytest.raises(KeyFileError, match="is not a file of keys"):
        KeyFile(other)
    assert other.read_text() == "precious\n"
    with pytest.raises(KeyFileError, match="can't be written: No such file or directory"):
        KeyFile(tmp_path / "none" / "keys.jsonl")
    with pytest.raises(KeyFileError, match="can't be written: Is a directory"):
        KeyFile(tmp_path)


def test_a_file_of_another_user_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "keys.jsonl"
    path.touch(0o600)
    monkeypatch.setattr(os, "getuid", lambda: path.stat().st_uid + 1)
    with pytest.raises(KeyFileError, match="belongs to somebody else"):
        KeyFile(path)


def test_two_commands_cannot_have_it_at_once(tmp_path):
    path = tmp_path / "keys.jsonl"
    with KeyFile(path), pytest.raises(KeyFileError, match="Another tollgate"):
        KeyFile(path)
    with KeyFile(path):
        pass


def test_a_line_is_written_whole_whatever_the_disk_takes_at_once(tmp_path, monkeypatch):
    path, write = tmp_path / "keys.jsonl", os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]))
    with KeyFile(path) as keys:
        keys.add("team", "key_1", "sk-1")
    assert json.loads(path.read_text())["key"] == "sk-1"


def test_what_has_taken_its_name_meanwhile_is_not_read(tmp_path, monkeypatch):
    path, fstat = tmp_path / "keys.jsonl", os.fstat

    def swapped(descriptor):
        path.unlink()
        path.write_text('{"externalId": "another", "state": "creating"}\n')
        return fstat(descriptor)

    monkeypatch.setattr(os, "fstat", swapped)
    with KeyFile(path) as keys:
        monkeypatch.undo()
        assert keys.unfinished == ()
