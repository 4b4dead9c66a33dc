"""What every command's help must have."""

from __future__ import annotations

from functools import cache

import pytest

from tests.support.cli_runner import run
from tests.support.declared_commands import all_commands, example_words, parsed
from tollgate_cli.program import GROUPS

COMMANDS = all_commands()
LEAVES = [words for words, command in COMMANDS.items() if not hasattr(command, "list_commands")]


def test_the_root_lists_every_group_and_the_exit_codes():
    text = run("--help").stdout
    assert [name for name in GROUPS if f"\n  {name} " not in text] == []
    assert "\nExit codes:\n  0 " in text


@cache
def help_of(words: str) -> str:
    ran = run(*words.split(), "--help", terminal=True, width=80, environment={})
    assert ran.code == 0
    return ran.stdout


@pytest.mark.parametrize("words", COMMANDS)
def test_help_fits_eighty_columns(words):
    assert [line for line in help_of(words).splitlines() if len(line) > 80] == []


def test_a_group_lists_its_commands_by_whole_sentences():
    texts = " ".join(help_of("costs").split())
    assert "overview Show what was spent, its course by day, and who and what costs most. outlook" in texts


@pytest.mark.parametrize("words", LEAVES)
def test_every_option_and_argument_has_a_text(words):
    assert [each.name for each in COMMANDS[words].params if not each.help] == []


@pytest.mark.parametrize("words", LEAVES)
def test_every_option_says_what_it_takes(words):
    assert "<str>" not in help_of(words)


@pytest.mark.parametrize("words", LEAVES)
def test_help_ends_with_examples_of_the_command_that_can_be_read(words):
    examples = COMMANDS[words].examples
    assert help_of(words).splitlines()[-len(examples) :] == [f"  {each}" for each in examples] != []
    for example in examples:
        assert parsed(example_words(example)).command_path == f"tollgate {words}"
