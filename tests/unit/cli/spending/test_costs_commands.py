"""`tollgate costs`: its pictures, filters and files."""

from __future__ import annotations

import csv
import io

import httpx
import pytest

from tests.support.cli_runner import Gateway, page, run
from tests.support.shown_rows import row

COSTS = "GET /api/admin/costs"
KEY = "key_0123456789abcdef"
BILL = f"GET /api/admin/apiKey/{KEY}/bill"
LONG = "a model of a provider with a name that is longer than any line of a terminal can show"


def tally(schema, **fields):
    return row(schema, **{"requests": 1_234, "totalTokens": 5_678_901, "cost": "12.5", **fields})


def tops(schema, name, *names, cost="12.5"):
    return [tally(schema, **{name: each, "cost": cost}) for each in names]


def health(**counts):
    found = row("BudgetHealth")
    for state in ("exhausted", "near", "fine", "unlimited"):
        found[state] = {**found[state], "count": counts.get(state, 0), "worst": []}
    return found


def overview(**fields):
    days = [tally("OverviewDay", date=f"2026-11-{number:02}", cost=str(number)) for number in range(1, 31)]
    return row(
        "Overview",
        **{
            "from": "2026-11-01", "to": "2026-11-30", "zone": "UTC", "byDay": days,
            "totals": tally("TotalsView", cost="1234567.891", failed=12),
            "topModels": [*tops("ModelRow", "model", LONG), *tops("ModelRow", "model", "s", cost="0.001")],
            "topKeys": tops("KeyRow", "name", "Search", None), "topOwners": tops("OwnerRow", "owner", None),
            "topCostCentres": tops("CostCentreRow", "costCentre", "R&D", None),
            "budgetHealth": health(exhausted=1, fine=20), **fields,
        },
    )  # fmt: skip


def shown_overview(**fields):
    ran = run(
        "costs",
        "overview",
        "--no-color",
        gateway=Gateway({f"{COSTS}/overview": overview(**fields)}),
        terminal=True,
    )
    assert ran.code == 0, ran.stderr
    return ran.stdout.splitlines()


def test_the_overview_fits_80_columns():
    lines = shown_overview()
    assert [line for line in lines if len(line) > 80] == []
    assert lines[0] == "2026-11-01 to 2026-11-30 (UTC)"
    assert lines[1].startswith("$1,234,567.891")
    assert lines[2] == "1,234 requests, 12 failed, 5,678,901 tokens"
    assert lines[3][0] == "▂"
    assert lines[3][-1] == "█"
    assert len(lines[3]) == 30
    assert lines[4] == "11-01                    11-30   most: $30.00 on 2026-11-30"


def test_the_overview_as_csv_has_a_row_for_each_day():
    gateway = Gateway({f"{COSTS}/overview": overview()})
    rows = list(csv.DictReader(io.StringIO(run("costs", "overview", "--csv", gateway=gateway).stdout)))
    assert [row["date"] for row in rows] == [day["date"] for day in overview()["byDay"]] != []


def test_bars_of_the_overview_begin_in_one_column():
    lines = shown_overview()[5:]
    places = {line.index(mark) for line in lines for mark in ("━━━━━", "╸") if mark in line}
    assert len(places) == 1


def test_the_least_cost_has_a_sliver():
    assert any(line.startswith("s ") and line.endswith("$0.001  ╸") for line in shown_overview())


def test_lists_of_the_overview_without_any_name_are_left_out():
    lines = shown_overview()
    assert not any(line.startswith("Owners") for line in lines)
    assert any(line.startswith("Cost centres") for line in lines)


def test_the_change_is_told_with_its_sign():
    for percent, told in (
        ("12.5", "(12.5% more than the 30 days before)"),
        ("-3", "(3% less than the 30 days before)"),
        ("0", "(as much as the 30 days before)"),
        (None, "$1,234,567.891"),
    ):
        found = overview()
        found["change"]["cost"] = {**found["change"]["cost"], "percent": percent}
        line = shown_overview(change=found["change"])[1]
        assert told in line
        assert ("(" in line) is (percent is not None)


def test_health_is_one_line_and_then_the_worst_by_what_is_used():
    found = health(near=2, exhausted=1)
    found["exhausted"]["worst"] = [worst("a", 101)]
    found["near"]["worst"] = [
        worst("b", 120, resetsAt="2026-12-01T00:00:00.000Z", window="month"),
        worst("c", 81),
    ]
    lines = run("costs", "health", gateway=Gateway({f"{COSTS}/budget-health": found})).stdout.splitlines()
    assert lines[0] == "Budgets  1 exhausted, 2 near, 0 fine, 0 unlimited"
    assert [line.split() for line in lines[3:]] == [
        ["b", "month", "120%", "2026-12-01"], ["a", "in", "all", "101%"], ["c", "in", "all", "81%"],
    ]  # fmt: skip


def worst(name, percent, **fields):
    return row(
        "BudgetEntry", **{"name": name, "percentUsed": percent, "window": "total", "resetsAt": None, **fields}
    )


@pytest.mark.parametrize(
    ("what", "path", "schema", "named", "words"),
    [
        ("key", "by-key", "KeyRow", {"name": None, "keyId": "key_1"}, "key_1 (deleted)"),
        ("model", "by-model", "ModelRow", {"model": "gpt-5.5"}, "gpt-5.5"),
        ("provider", "by-provider", "ProviderRow", {"name": None, "providerId": None}, "unknown"),
        ("owner", "by-owner", "OwnerRow", {"owner": None}, "no owner"),
        ("tag", "by-tag", "TagRow", {"value": None}, "without the tag"),
        ("cost-centre", "by-cost-centre", "CostCentreRow", {"costCentre": None}, "none"),
        ("day", "by-day", "DayRow", {"date": "2026-11-29"}, "2026-11-29"),
        ("month", "by-month", "MonthRow", {"month": "2026-11"}, "2026-11"),
    ],
)
def test_costs_by_each(what, path, schema, named, words):
    gateway = Gateway({f"{COSTS}/{path}": page(tally(schema, **named))})
    ran = run("costs", "by", what, *(["--tag", "team"] if what == "tag" else []), gateway=gateway)
    assert ran.code == 0, ran.stderr
    span, _, line = ran.stdout.splitlines()
    assert span == "the last 30 days"
    assert line.startswith(f"{words}  ")
    assert line.split()[-3:] == ["1,234", "5,678,901", "$12.50"]


@pytest.mark.parametrize(
    "words",
    [
        ["what"],
        ["provider", "--key", KEY],
        ["tag"],
        ["owner", "--tree"],
        ["key", "--sort", "price"],
        ["key", "--from", "soon"],
        ["key", "--limit", "0"],
    ],
)
def test_wrong_filters_send_nothing(words):
    gateway = Gateway()
    ran = run("costs", "by", *words, gateway=gateway)
    assert (ran.code, gateway.lines, ran.stdout) == (2, [], "")
    assert ran.stderr.startswith("Error: ")


def test_filters_are_sent():
    gateway = Gateway({f"{COSTS}/by-day": page()})
    ran = run(
        "costs", "by", "day", "--from", "2026-11-01", "--to", "2026-11-02", "--key", KEY, "--tree",
        "--tag", "a=b", "--sort", "-cost", gateway=gateway,
    )  # fmt: skip
    assert ran.stderr == "Nothing was spent.\n"
    sent = dict(gateway.requests[0].url.params)
    assert sent == {
        "from": "2026-11-01", "to": "2026-11-02", "keyId": KEY, "tree": "true", "tag": "a=b", "sort": "-cost",
    }  # fmt: skip


def test_all_rows_are_added_up_exactly_for_people():
    rows = tops("ModelRow", "model", "a", "b", cost="0.1") + tops(
        "ModelRow", "model", "c", cost="0.000000001"
    )
    gateway = Gateway({f"{COSTS}/by-model": page(*rows)})
    words = ["costs", "by", "model", "--from", "2026-11-01", "--to", "2026-11-30"]
    lines = run(*words, gateway=gateway).stdout.splitlines()
    assert lines[0] == "2026-11-01 to 2026-11-30"
    assert lines[-1].split() == ["Total", "3,702", "17,036,703", "$0.200000001"]
    assert run(*words, "--json", gateway=gateway).json == rows
    assert "Total" not in run(*words, "--limit", "3", gateway=gateway).stdout
    trees = Gateway({f"{COSTS}/by-key": page(*tops("KeyRow", "name", "a", "b"))})
    assert "Total" not in run("costs", "by", "key", "--tree", gateway=trees).stdout


def test_bars_are_where_there_is_room():
    gateway = Gateway({f"{COSTS}/by-model": page(*tops("ModelRow", "model", LONG[:45]))})
    assert "━" in run("costs", "by", "model", gateway=gateway, terminal=True, width=120).stdout
    assert "━" not in run("costs", "by", "model", gateway=gateway, terminal=True, width=80).stdout


def series(**fields):
    group = tally("SeriesGroup", name="gpt-5.5", values=["0", "3", "9"], cost="12")
    other = tally("SeriesRest", count=2, values=["1", "1", "1"], cost="3")
    total = tally("SeriesTotal", values=["1", "4", "10"], cost="15")
    return row(
        "Series",
        **{"metric": "cost", "interval": "day", "from": "2026-11-01", "to": "2026-11-03", "groups": [group],
           "other": other, "total": total, **fields},
    )  # fmt: skip


def test_a_series_has_a_course_for_each_group():
    ran = run("costs", "series", "--group", "model", gateway=Gateway({f"{COSTS}/series": series()}))
    assert [line.split() for line in ran.stdout.splitlines()[1:]] == [
        ["Model", "Course", "Cost"],
        ["gpt-5.5", "▁▄█", "$12.00"],
        ["2", "others", "███", "$3.00"],
        ["Total", "▂▄█", "$15.00"],
    ]


def test_a_series_in_ascii(monkeypatch):
    monkeypatch.setattr("tollgate_cli.output.charts._encodes", lambda text: text.isascii())
    ran = run("costs", "series", gateway=Gateway({f"{COSTS}/series": series()}))
    assert "_.#" in ran.stdout.replace("-", ".")


@pytest.mark.parametrize("words", [["--metric", "price"], ["--group", "colour"], ["--interval", "hour"]])
def test_a_series_of_something_else_sends_nothing(words):
    gateway = Gateway()
    assert (run("costs", "series", *words, gateway=gateway).code, gateway.lines) == (2, [])


def test_a_bill_shows_what_is_charged_and_to_whom():
    found = row(
        "BillView", keyId=KEY, name="Search", month="2026-10", to="2026-10-31", zone="UTC", costCentre=None,
        byKey=[tally("KeyRow", keyId=KEY, name="Search"), tally("KeyRow", keyId="key_2", name=None)],
        byModel=tops("ModelRow", "model", LONG), packs=[],
    )  # fmt: skip
    found["charges"] |= {"total": "12.5", "due": "0", "packs": "0", "metered": "4"}
    gateway = Gateway({BILL: found})
    ran = run("costs", "bill", KEY, "--month", "2026-10", "--no-color", gateway=gateway, terminal=True)
    assert ran.code == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert [line for line in lines if len(line) > 80] == []
    assert gateway.lines == [f"{BILL}?month=2026-10"]
    charges = {line.rsplit(maxsplit=1)[0].strip(): line.split()[-1] for line in lines if "$" in line}
    assert charges["due"] == "$0.00"
    assert charges["metered"] == "$4.00"
    assert "from packs" not in charges
    assert any(line.startswith("Search (itself)") for line in lines)
    assert any(line.startswith("key_2 ") for line in lines)


def test_a_bill_as_csv_is_the_apis_own():
    gateway = Gateway({BILL: httpx.Response(200, headers={"content-type": "text/csv"}, text="a,b\n")})
    ran = run("costs", "bill", KEY, "--csv", gateway=gateway)
    assert (ran.stdout, gateway.requests[0].headers["accept"]) == ("a,b\n", "text/csv")


class _BreaksOff(httpx.SyncByteStream):
    def __iter__(self):
        yield b"a\n1\n"
        raise httpx.ReadError("reset")


def exported(stream):
    return Gateway(
        {f"{COSTS}/export": httpx.Response(200, headers={"content-type": "text/csv"}, stream=stream)}
    )


def test_an_export_that_breaks_off_leaves_the_file_as_it_was(tmp_path):
    target = tmp_path / "november.csv"
    target.write_text("of before")
    ran = run("costs", "export", "-o", str(target), gateway=exported(_BreaksOff()))
    assert (ran.code, target.read_text()) == (6, "of before")
    assert "incomplete" in ran.stderr
    assert list(tmp_path.iterdir()) == [target]


def test_an_export_into_a_file_says_how_much_it_is(tmp_path):
    target = tmp_path / "november.csv"
    ran = run("costs", "export", "-o", str(target), gateway=exported(httpx.ByteStream(b"a\n1\n")))
    assert (ran.code, ran.stdout, target.read_text()) == (0, "", "a\n1\n")
    assert ran.stderr == f"{target}: 2 lines.\n"


def test_an_export_to_a_folder_that_is_not_there_is_told(tmp_path):
    target = tmp_path / "nowhere" / "november.csv"
    ran = run("costs", "export", "-o", str(target), gateway=exported(httpx.ByteStream(b"a\n")))
    assert ran.code == 1
    assert ran.stderr.startswith(f"Error: {target} can't be written: ")


def test_what_if_prices_a_span_as_another_model():
    found = row("WhatIfView", requests=2, cost="1", whatIfCost="3", difference="2", models=[])
    gateway = Gateway({"POST /api/admin/costs/what-if": found})
    ran = run(
        "costs", "what-if", "--as-model", "gpt-5.5", "--from", "2026-11-01", "--key", KEY, gateway=gateway
    )
    assert ran.code == 0, ran.stderr
    assert gateway.bodies == [{"asModel": "gpt-5.5", "from": "2026-11-01", "keyId": KEY}]
    assert "$2.00" in ran.stdout


def test_a_field_that_the_api_refuses_is_named_by_its_option():
    errors = [{"field": "asModel", "message": "is no model"}]
    body = {"title": "Invalid", "status": 422, "detail": "It can't be taken.", "errors": errors}
    gateway = Gateway({"POST /api/admin/costs/what-if": httpx.Response(422, json=body)})
    ran = run("costs", "what-if", "--as-model", "x", gateway=gateway)
    assert (ran.code, ran.stderr) == (1, "Error: It can't be taken.\n  --as-model: is no model\n")
