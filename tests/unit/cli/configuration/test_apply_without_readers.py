"""`apply` whose output nobody takes: it ends as what it did says, never with 0 for what it didn't do."""

from __future__ import annotations

import sys
from unittest.mock import patch

import httpx

from tests.support.cli_runner import Gateway, _Stream, page, run
from tests.support.shown_things import gateway as nothing

FILE = "version: 1\nlabel: platform\nkeys:\n- {externalId: a, name: A}\n- {externalId: b, name: B}\n"
MADE = {"id": "key_0123456789abcdef", "revision": 1, "key": "sk-tg-new"}


def gateway(create) -> Gateway:
    lists = {f"GET /api/admin/{name}": page() for name in ("providers", "models", "apiKey")}
    there = nothing()
    settings = {"GET /api/admin/settings": there.settings.view}
    alerts = {"GET /api/admin/alerts/defaults": there.alerts.view}
    return Gateway({**lists, **settings, **alerts, "POST /api/admin/apiKey": create})


class LeftAfter(_Stream):
    """A pipe whose reader leaves once it has seen a word."""

    word = ""
    left = False

    def write(self, text: str) -> int:
        if self.left or self.word in text:
            type(self).left = True
            raise BrokenPipeError
        return super().write(text)

    def fileno(self) -> int:
        raise OSError


def apply(tmp_path, create, word, stream="stdout"):
    """What it ended with, and how many changes it has sent."""
    (tmp_path / "a.yaml").write_text(FILE)
    LeftAfter.word, LeftAfter.left = word, False
    api = gateway(create)

    def patched(*arguments, **options):
        setattr(sys, stream, LeftAfter(terminal=False))
        return program_run(*arguments, **options)

    from tollgate_cli import program

    program_run = program.run
    with patch.object(program, "run", patched):
        ran = run("apply", "-f", str(tmp_path / "a.yaml"), "--yes", gateway=api)
    return ran, sum(each.method == "POST" for each in api.requests)


def test_who_does_not_see_the_plan_gets_nothing_applied(tmp_path):
    ran, sent = apply(tmp_path, lambda _: MADE, "+ key a")
    assert (ran.code, sent) == (1, 0)
    assert "Nothing was applied" in ran.stderr


def test_who_leaves_after_the_plan_gets_all_of_it(tmp_path):
    ran, sent = apply(tmp_path, lambda _: MADE, "2 done")
    assert (ran.code, sent) == (0, 2)
    assert "kept nowhere" in ran.stderr


def test_a_stop_half_way_is_one_whoever_reads_of_it(tmp_path):
    answers = iter([MADE, httpx.Response(500, json={"detail": "no"})])
    ran, sent = apply(tmp_path, lambda _: next(answers), "done")
    assert (ran.code, sent) == (7, 2)
    assert "Error: key b: no" in ran.stderr


def test_without_a_stderr_all_is_applied(tmp_path):
    ran, sent = apply(tmp_path, lambda _: MADE, "", stream="stderr")
    assert (ran.code, sent) == (0, 2)


def test_an_answer_that_makes_no_sense_stops_it_with_an_account(tmp_path):
    answers = iter([MADE, {"id": "x"}])
    ran, sent = apply(tmp_path, lambda _: next(answers), "NOTHING")
    assert (ran.code, sent) == (7, 2)
    assert "KeyError" in ran.stderr
    assert "Apply again" in ran.stderr
