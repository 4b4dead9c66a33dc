"""Exports into files: whole, and in the place of files alone."""

from __future__ import annotations

import os

import pytest

from tollgate_cli.output.failures import CommandError
from tollgate_cli.output.saved_text import save


def test_a_file_is_replaced_once_all_has_come(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("before")

    def parts():
        yield "a\n"
        assert path.read_text() == "before"
        yield "b\n"

    assert save(str(path), parts(), lambda _lines: None) == 2
    assert path.read_text() == "a\nb\n"
    assert [each.name for each in tmp_path.iterdir()] == ["export.csv"]


def test_what_is_no_file_is_not_replaced(tmp_path):
    """Root may put a file in the place of /dev/null."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(CommandError, match="is no file"):
        save(str(pipe), ["a\n"], lambda _lines: None)
    assert pipe.is_fifo()
    assert [each.name for each in tmp_path.iterdir()] == ["pipe"]
