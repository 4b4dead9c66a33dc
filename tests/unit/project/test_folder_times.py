from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.folder_times import FolderTimes, folders_of


@pytest.mark.parametrize(
    ("nodeid", "folders"),
    [
        ("tests/unit/test_sums.py::test_a", ["tests/unit"]),
        ("tests/unit/ledger/test_holds.py::test_a[x/y::z]", ["tests/unit", "tests/unit/ledger"]),
        ("tests/unit/admin/keys/test_edits.py::test_a", ["tests/unit", "tests/unit/admin"]),
        ("tests/test_a.py::test_a", ["tests"]),
    ],
)
def test_a_test_counts_for_its_folder_and_the_one_around_it(nodeid, folders):
    assert folders_of(nodeid) == folders


def test_each_folder_is_told_and_the_whole_counts_each_test_once():
    times = FolderTimes()
    for nodeid in ("tests/unit/test_a.py::test_a", "tests/unit/ledger/test_b.py::test_b[1]"):
        for when, duration in (("setup", 0.25), ("call", 1.0), ("teardown", 0.25)):
            report: Any = SimpleNamespace(nodeid=nodeid, when=when, duration=duration)
            times.pytest_runtest_logreport(report)
    assert [" ".join(line.split()) for line in times.lines()] == [
        "3.0 s 2 tests tests/unit",
        "1.5 s 1 tests tests/unit/ledger",
        "3.0 s 2 tests all",
    ]
