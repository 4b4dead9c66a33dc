"""What `tollgate env` prints is read back, by the very shells that are installed here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from tollgate_cli.output.failures import UsageError
from tollgate_cli.programs import shell_syntax
from tollgate_cli.programs.shell_syntax import Shell, written

VALUES = {
    "plain": "sk-tg-abc",
    "URL": "https://gateway.example.com/prod/v1?a=b&c=d",
    "JSON": '{"provider": {"openai": {"apiKey": "{env:OPENAI_API_KEY}"}}}',
    "single quotes": "it's 'so'",
    "double quotes": 'say "hello"',
    "dollars and backticks": "$HOME ${HOME} $(id) `id` !! \\$x",
    "backslashes": "a\\b\\\\c\\'d\\",
    "lines": "one\ntwo\n\nthree",
    "blanks": "  two  blanks\tand a tab ",
    "beyond ASCII": "Grüße \u2018quoted\u2019 🐙",
    "wildcards": "* ? [a] ~ {a,b} #no comment ; | & < > ^ %PATH%",
    "nothing": "",
}
# The shells whose syntax it is, and what prints a variable as it is, with an end that isn't stripped.
PROGRAMS = {
    "sh": (Shell.SH, "sh", 'printf "%s." "$GIVEN"'),
    "bash": (Shell.SH, "bash", 'printf "%s." "$GIVEN"'),
    "dash": (Shell.SH, "dash", 'printf "%s." "$GIVEN"'),
    "zsh": (Shell.SH, "zsh", 'printf "%s." "$GIVEN"'),
    "fish": (Shell.FISH, "fish", 'printf "%s." "$GIVEN"'),
    "PowerShell": (Shell.POWERSHELL, "pwsh", '[Console]::Out.Write("$($env:GIVEN).")'),
}
HERE = [name for name, (_, program, _) in PROGRAMS.items() if shutil.which(program)]
EVALUATED = {Shell.SH: 'eval "$WRITTEN"', Shell.FISH: "printf %s $WRITTEN | source"}


def ran(program: str, script: str, **variables: str) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": os.devnull, "LC_ALL": "C.UTF-8", **variables}
    done = subprocess.run(
        [program, "-c", script],
        env=environment,
        capture_output=True,
        check=True,
        timeout=60,
        encoding="utf-8",
    )
    return done.stdout


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("name", HERE)
def test_a_shell_reads_back_what_was_written(name, value):
    shell, program, shows = PROGRAMS[name]
    text = written(shell, {"GIVEN": value}, [])
    assert ran(program, f"{text}\n{shows}") == f"{value}."


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("name", [name for name in HERE if PROGRAMS[name][0] in EVALUATED])
def test_so_does_a_shell_that_evaluates_it(name, value):
    shell, program, shows = PROGRAMS[name]
    text = written(shell, {"GIVEN": value}, [])
    # Of `eval "$(tollgate env)"` a shell takes the last line's end away.
    assert ran(program, f"{EVALUATED[shell]}\n{shows}", WRITTEN=text.rstrip("\n")) == f"{value}."


@pytest.mark.parametrize("name", [name for name in HERE if PROGRAMS[name][0] in EVALUATED])
def test_a_variable_that_is_removed_is_gone_and_its_neighbours_stay(name):
    shell, program, _ = PROGRAMS[name]
    text = written(shell, {"SET": "new"}, ["GONE", "NEVER_THERE"])
    variables = ran(program, f"{text}\nenv", GONE="old", STAYS="here").splitlines()
    assert "SET=new" in variables
    assert "STAYS=here" in variables
    assert not [line for line in variables if line.startswith("GONE")]


def test_powershell_doubles_whatever_it_takes_for_a_quote():
    assert written(Shell.POWERSHELL, {"A": "it's \u2018so\u2019"}, ["B"]) == (
        "Remove-Item Env:B -ErrorAction SilentlyContinue\n$env:A = 'it''s \u2018\u2018so\u2019\u2019'\n"
    )


def test_cmd_gets_what_it_can_be_given_and_nothing_else():
    assert written(Shell.CMD, {"A": "https://gateway.example.com/v1"}, ["B"]) == (
        'set B=\nset "A=https://gateway.example.com/v1"\n'
    )
    for value in ("100%", 'say "hello"', "a & b", "one\ntwo", "wait!"):
        with pytest.raises(UsageError, match="cmd can't be given the value of A"):
            written(Shell.CMD, {"A": value}, [])


@pytest.mark.parametrize("value", [each for each in VALUES.values() if "\n" not in each and "'" not in each])
def test_a_dotenv_file_is_one_that_a_shell_can_source(value):
    text = written(Shell.DOTENV, {"GIVEN": value}, ["GONE"])
    assert "GONE" not in text
    assert ran("sh", f'set -a\n{text}\nprintf "%s." "$GIVEN"') == f"{value}."


def test_a_dotenv_value_with_quotes_and_lines_is_escaped():
    assert written(Shell.DOTENV, {"A": 'it\'s\n"so" \\'}, []) == 'A="it\'s\\n\\"so\\" \\\\"\n'


def test_json_says_what_is_to_be_removed():
    assert json.loads(written(Shell.JSON, VALUES, ["GONE"])) == {"GONE": None, **VALUES}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_github_reads_a_value_up_to_an_end_that_it_cant_have(value):
    first, *lines, last, after = written(Shell.GITHUB, {"GIVEN": value}, []).split("\n")
    name, _, end = first.partition("<<")
    assert (name, "\n".join(lines), last, after) == ("GIVEN", value, end, "")
    assert end not in value


def test_githubs_end_of_a_value_is_another_one_each_time():
    assert written(Shell.GITHUB, {"A": "x"}, []) != written(Shell.GITHUB, {"A": "x"}, [])


def test_the_shell_is_told_by_its_environment():
    def told(**environment: str) -> Shell:
        return shell_syntax.shell_of(environment, windows=False)

    assert told(SHELL="/bin/bash") is told() is Shell.SH
    assert told(SHELL="/usr/bin/fish") is Shell.FISH
    assert told(SHELL="/bin/bash", GITHUB_ACTIONS="true", GITHUB_ENV="env") is Shell.GITHUB
    assert shell_syntax.shell_of({}, windows=True) is Shell.POWERSHELL
