"""The report of `make bench`, made of figures that nobody had to measure."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from infra.local.environment import ROOT
from tests.bench import __main__ as bench
from tests.bench.report import aims, benchmarks_page, dollars
from tests.bench.report.aims import WHOLE_RUN
from tests.bench.report.dollars import CallCosts

FIGURES: dict[str, Any] = json.loads(Path(__file__).with_name("canned_figures.json").read_text())
HEADINGS = [
    "Aims",
    "Dollars per million calls",
    "Processor time",
    "Processor time of a write",
    "Added latency",
    "Cold start",
    "Sizes of memory",
    "Requests without a key",
    "Peak memory",
    "Write and read units",
    "Sizes of items",
    "What the rollup writes",
    "Cost queries",
    "Artefacts",
    "One environment, many calls",
]


def results(**changes: Any) -> dict[str, Any]:
    """Of one day and machine, with other figures for some measurements."""
    of = {"of": "2026-11-29", "machine": {"processors": "2 x some processor"}}
    return {name: {**of, "figures": figures} for name, figures in {**FIGURES, **changes}.items()}


def changed(name: str, *path: str | int, to: Any) -> dict[str, Any]:
    figures = copy.deepcopy(FIGURES[name])
    *way, last = path
    place = figures
    for step in way:
        place = place[step]
    place[last] = to
    return results(**{name: figures})


def missed(found: dict[str, Any]) -> list[str]:
    return [aim.name for aim in aims.judged(found) if not aim.is_met]


def test_the_canned_figures_are_those_of_a_whole_run():
    assert set(FIGURES) == {*bench.MEASUREMENTS, WHOLE_RUN}


def test_a_page_has_a_section_for_everything():
    page = benchmarks_page.page(results())
    assert [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")] == HEADINGS
    assert page.count("2 x some processor") == 1
    assert "| a chat in one piece | 4 + 0 in 3 | 6 + 0 in 4 | 10 + 0 in 4 |" in page
    assert "| refused by the root's budget |  | 3 + 0 in 3 |  |" in page


def test_what_was_not_measured_is_left_out():
    page = benchmarks_page.page({"artefacts": results()["artefacts"]})
    assert [line for line in page.splitlines() if line.startswith("## ")] == ["## Aims", "## Artefacts"]


def test_figures_of_several_days_say_which_are_of_which():
    found = results()
    found["leaks"] = {**found["leaks"], "of": "2026-11-30"}
    assert "- 2026-11-30: processors 2 x some processor (leaks)" in benchmarks_page.page(found)


def test_charts_are_drawn_beside_the_page(tmp_path):
    benchmarks_page.write(results(), tmp_path)
    drawn = {path.name for path in (tmp_path / "benchmarks").iterdir()}
    assert drawn == {"processor-time.svg", "cold-start.svg", "dollars.svg"}
    page = (tmp_path / "benchmarks.md").read_text()
    assert all(f"(benchmarks/{name})" in page for name in drawn)


def test_the_committed_page_is_what_its_figures_make():
    told = "docs/benchmarks.md is written by `make bench ARGS=report`, never by hand"
    assert benchmarks_page.page(bench.kept()) == (ROOT / "docs/benchmarks.md").read_text(), told


def test_good_figures_meet_every_aim():
    assert missed(results()) == []
    assert "**no**" not in aims.text(results())
    assert "Missed" not in aims.text(results())


def test_an_aim_that_is_just_met_is_met():
    assert missed(changed("processor_time", "calls", "1", "Tollgate", to=2.5)) == []


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (
            changed("processor_time", "calls", "1", "Tollgate", to=2.51),
            ["processor time of a call in one piece, root key", "the same, of what it is over boto3"],
        ),
        (changed("processor_time", "chunks", "Tollgate", to=51), ["processor time of a streamed chunk"]),
        (
            changed("proxy_starts", "milliseconds", "Tollgate", to=121),
            ["imports and construction, of what they take over boto3"],
        ),
        (
            changed("artefacts", "ProxyFunction-Shared", "zipped", to=4_500_000),
            ["the proxy's artefact with the layer, zipped"],
        ),
        (
            changed("rollup_units", "alone", "2", "units", to=13),
            [
                "dollars per million calls of a key below one parent, two tags, 3 s",
                "write units of the rollup for a record alone, depth 2, two tags",
            ],
        ),
        (
            changed("rollup_units", "traffic", 0, "added", to=6),
            ["the same in mixed traffic of 1.6 calls a second, closing its day included"],
        ),
        (
            changed("rollup_units", "shards", "populations", 0, "busy", to={"512": 2.0, "1769": 1.1}),
            ["how busy the rollup is with 10,000 records a second over 64 shards"],
        ),
        (changed("stored_items", "open", "1", "key", to=1025), ["a typical key with an open call"]),
        (
            changed("units_by_kind", "a chat in one piece", "4", "round trips", to=5),
            ["round trips that a call waits for at depth 4, before its provider and after"],
        ),
        (changed("leaks", 2, "files", to=8), ["files that 18,000 calls leave open"]),
        (changed("leaks", 2, "memory", to=33_000_000), ["memory that a call leaves taken"]),
        (changed(WHOLE_RUN, "leaks", to=501), ["`make bench`, all of it"]),
    ],
)
def test_a_figure_beyond_its_aim_misses_it_and_says_why(found, expected):
    assert missed(found) == expected
    text = aims.text(found)
    assert text.count("| **no** |") == len(expected)
    for name in expected:
        assert f"**Missed: {name}.** " in text
    assert text.count(" Next: ") == len(expected)


def test_dollars_of_a_call():
    call = CallCosts(
        "any", writes=4, reads=2, rollup_writes=2, processor_ms=10, logged_bytes=1000, round_trips=3
    )
    found = dollars.per_million(call, 3, 512)
    assert found == pytest.approx(
        {
            "Lambda's memory": (3 + 0.010 * 1769 / 512 + 0.015) * 0.5 * 13.3334,
            "Lambda's requests": 0.2,
            "API Gateway": 3.5,
            "the ledger's units": 4 * 0.625 + 2 * 0.125,
            "the rollup's units": 2 * 0.625,
            "logs": 0.5,
        }
    )


def test_no_memory_buys_more_than_a_processor():
    assert [dollars.share(memory) for memory in (1769, 3008)] == [1, 1]
