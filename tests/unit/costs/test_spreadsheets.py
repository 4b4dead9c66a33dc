"""Cells that no spreadsheet runs."""

from __future__ import annotations

import pytest

from tollgate_admin.web.csv_output import defused


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\tx", "\r=1", "\nx", "=cmd|' /C calc'!A0", "＝1"],  # noqa: RUF001
)
def test_what_a_spreadsheet_would_run_is_shown_instead(text):
    assert defused(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "gpt-4o-mini", "a=b", "key_0123456789abcdef", "'=1", "räume", "1-2"])
def test_other_text_stays_as_it_is(text):
    assert defused(text) == text
