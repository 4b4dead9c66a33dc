"""`keys edit --editor`: what was changed in the text is sent, and the text is never lost."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.support.cli_runner import SIGNED_IN, Gateway, run
from tests.unit.cli.keys.test_key_commands import CONFLICT, ID, KEY, PATH

_SCRIPT = """
import pathlib, re, sys
path = pathlib.Path(sys.argv[-1])
path.write_text(re.sub({old!r}, {new!r}, path.read_text(), flags=re.M))
"""


@pytest.fixture
def edit(tmp_path):
    """Runs the command with an editor that replaces a pattern."""

    def run_it(gateway, old="^$", new="", code=0):
        script = tmp_path / "editor.py"
        script.write_text(_SCRIPT.format(old=old, new=new) + f"sys.exit({code})\n")
        environment = {**SIGNED_IN, "EDITOR": shlex.join([sys.executable, str(script)])}
        return run("keys", "edit", ID, "--editor", gateway=gateway, environment=environment)

    return run_it


def _kept(ran) -> Path:
    found = re.search(r"What you have written is in (.*)\.$", ran.stderr, re.MULTILINE)
    assert found, ran.stderr
    return Path(found[1])


def test_only_what_was_changed_is_sent_on_the_revision_that_was_shown(edit):
    gateway = Gateway({f"GET {PATH}": KEY, f"PATCH {PATH}": KEY})
    ran = edit(gateway, "^rpmLimit: .*", "rpmLimit: 60")
    assert ran.code == 0, ran.stderr
    assert gateway.bodies[1:] == [{"rpmLimit": 60}]
    assert gateway.requests[1].headers["if-match"] == '"7"'


def test_amounts_keep_their_digits(edit):
    gateway = Gateway({f"GET {PATH}": KEY, f"PATCH {PATH}": KEY})
    edit(gateway, "^priceFactor: .*", "priceFactor: 1.10000000000000000001")
    assert gateway.bodies[1:] == [{"priceFactor": "1.10000000000000000001"}]


def test_the_budget_goes_to_its_own_route_after_the_rest(edit):
    changed = {**KEY, "revision": 8}
    gateway = Gateway({f"GET {PATH}": KEY, f"PATCH {PATH}": changed, f"PUT {PATH}/budget": changed})
    ran = edit(gateway, "^(budgetLimit|rpmLimit): .*", r"\1: 60")
    assert ran.code == 0, ran.stderr
    assert gateway.lines[1:] == [f"PATCH {PATH}", f"PUT {PATH}/budget"]
    assert gateway.requests[2].headers["if-match"] == '"8"'


def test_a_raised_limit_is_shown_as_the_lasting_one(edit):
    raised = {
        "window": "total",
        "limit": "90",
        "fallsBackTo": "50",
        "until": "2030-01-01T00:00:00Z",
        "by": "approval",
    }
    gateway = Gateway(
        {f"GET {PATH}": {**KEY, "budgetLimit": "90", "temporaryLimits": [raised]}, f"PUT {PATH}/budget": KEY}
    )
    edit(gateway, "^budgetLimit: '50'", "budgetLimit: 55")
    assert gateway.bodies[1:] == [{"budgetLimit": 55}]


def test_no_change_sends_nothing_and_leaves_no_file(edit):
    gateway = Gateway({f"GET {PATH}": KEY})
    ran = edit(gateway)
    assert (ran.code, ran.stderr) == (0, "Nothing was changed.\n")
    assert gateway.lines == [f"GET {PATH}"]


def test_a_conflict_keeps_the_text(edit):
    ran = edit(Gateway({f"GET {PATH}": KEY, f"PATCH {PATH}": CONFLICT}), "^rpmLimit: .*", "rpmLimit: 60")
    assert ran.code == 5
    assert "Somebody else has changed the key" in ran.stderr
    assert "rpmLimit: 60" in _kept(ran).read_text()


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("rpmLimit: [", "This is not YAML"),
        ("rpmLimit: 1\nrpmLimit: 2", "`rpmLimit` is here twice"),
        ("rpmLimit: &a 1", "Anchors (&)"),
        ("speed: 9", "no field speed"),
        ("budgetUsed: 9", "no field budgetUsed"),
    ],
)
def test_what_cant_be_read_is_kept_and_not_sent(edit, new, said):
    gateway = Gateway({f"GET {PATH}": KEY})
    ran = edit(gateway, "^rpmLimit: .*", new)
    assert (ran.code, gateway.lines) == (2, [f"GET {PATH}"])
    assert said in ran.stderr
    assert _kept(ran).exists()


def test_an_editor_that_fails_changes_nothing(edit):
    gateway = Gateway({f"GET {PATH}": KEY})
    ran = edit(gateway, "^rpmLimit: .*", "rpmLimit: 60", code=3)
    assert (ran.code, gateway.lines) == (1, [f"GET {PATH}"])


def test_an_editor_that_isnt_there_is_named():
    environment = {**SIGNED_IN, "EDITOR": "/nowhere/editor"}
    ran = run("keys", "edit", ID, "--editor", gateway=Gateway({f"GET {PATH}": KEY}), environment=environment)
    assert ran.code == 2
    assert '"/nowhere/editor"' in ran.stderr


@pytest.mark.parametrize("left", ["path.with_suffix('.yaml~').touch()", "path.with_name('more').mkdir()"])
def test_what_an_editor_leaves_beside_the_text_goes_with_it(tmp_path, left):
    script = tmp_path / "editor.py"
    noted = tmp_path / "where"
    script.write_text(
        f"import pathlib, sys\npath = pathlib.Path(sys.argv[-1])\n{left}\n"
        f"pathlib.Path({str(noted)!r}).write_text(str(path.parent))\n"
    )
    environment = {**SIGNED_IN, "EDITOR": shlex.join([sys.executable, str(script)])}
    gateway = Gateway({f"GET {PATH}": KEY})
    ran = run("keys", "edit", ID, "--editor", gateway=gateway, environment=environment)
    assert ran.code == 0, ran.stderr
    assert not Path(noted.read_text()).exists()


def test_ctrl_c_in_the_editor_is_the_editors(tmp_path):
    script = tmp_path / "editor.py"
    script.write_text("import os, signal\nos.kill(os.getppid(), signal.SIGINT)\n")
    environment = {**SIGNED_IN, "EDITOR": shlex.join([sys.executable, str(script)])}
    gateway = Gateway({f"GET {PATH}": KEY})
    ran = run("keys", "edit", ID, "--editor", gateway=gateway, environment=environment)
    assert (ran.code, ran.stdout) == (0, ""), ran.stderr
