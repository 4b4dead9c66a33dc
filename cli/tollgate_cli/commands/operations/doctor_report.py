"""Findings as people read them: by area, and below what isn't well why it matters and what mends it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tollgate_cli.output import table_layout
from tollgate_cli.output.shown_text import escaped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tollgate_cli.operations.doctor.check_results import Check, Finding
    from tollgate_cli.output.printer import Output

# As a finding's status stands at the start of its line.
_MARKS: Final = {"ok": "ok", "warn": "warn", "fail": "FAIL", "not checked": "-"}
_STYLES: Final = {"ok": "green", "warn": "yellow", "fail": "red", "not checked": "dim"}
_MARK_WIDTH: Final = 4
_LEAST_ROOM: Final = 30


@dataclass
class Report:
    """Prints each finding when it is added; `checks` say how wide the names are."""

    output: Output
    checks: Sequence[Check]
    _area: str | None = field(default=None, init=False)
    _check: Check | None = field(default=None, init=False)

    def add(self, finding: Finding) -> None:
        if finding.check.area != self._area:
            if self._area is not None:
                self.output.line()
            self._area = finding.check.area
            self.output.line(self._area, "bold")
        status, result = finding.result.status.value, finding.result
        name = finding.check.name if finding.check is not self._check else ""
        self._check = finding.check
        prefix = "not checked: " if status == "not checked" else ""
        mark = self._styled(_MARKS[status].ljust(_MARK_WIDTH), _STYLES[status])
        start = f"  {mark}  {name.ljust(self._names)}  "
        self._block(start, prefix + result.found)
        if result.meaning:
            self._block(" " * self._indent, result.meaning)
        if result.command:  # in one piece, for copying
            self.output.line(" " * self._indent + self._styled(escaped(result.command), "cyan"))

    def _block(self, start: str, text: str) -> None:
        room = None if self.output.width is None else max(self.output.width - self._indent, _LEAST_ROOM)
        for part in table_layout.folded(escaped(text), room):
            self.output.line(start + part)
            start = " " * self._indent

    def _styled(self, text: str, style: str | None) -> str:
        return table_layout.styled(text, style, colour=self.output.colour)

    @property
    def _names(self) -> int:
        return max(len(each.name) for each in self.checks if each.area == self._area)

    @property
    def _indent(self) -> int:
        return 2 + _MARK_WIDTH + 2 + self._names + 2
