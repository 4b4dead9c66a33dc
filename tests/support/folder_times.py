"""How long the tests of each folder took, at the end of a run."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

# `tests/unit` and, where it has folders, `tests/unit/ledger`.
_LEVELS = 3


def folders_of(nodeid: str) -> list[str]:
    """The folders that a test counts for: `tests/unit` and what there is of folders in it."""
    parts = PurePosixPath(nodeid.partition("::")[0]).parent.parts
    return ["/".join(parts[:level]) for level in range(min(2, len(parts)), min(_LEVELS, len(parts)) + 1)]


class FolderTimes:
    """Adds up what tests took with what was set up for them, in all of pytest-xdist's processes."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.tests: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for folder in folders_of(report.nodeid):
            self.seconds[folder] += report.duration
            self.tests[folder] += report.when == "call"

    def lines(self) -> list[str]:
        """A line per folder; what begins with another's name is a part of that."""
        rows = [(self.seconds[folder], self.tests[folder], folder) for folder in sorted(self.seconds)]
        whole = [row for row in rows if row[2].count("/") < _LEVELS - 1]
        rows.append((sum(row[0] for row in whole), sum(row[1] for row in whole), "all"))
        return [f"{seconds:8.1f} s {tests:7,} tests  {folder}" for seconds, tests, folder in rows]

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        if self.seconds:
            terminalreporter.section("time by folder, in all processes together")
            for line in self.lines():
                terminalreporter.write_line(line)
