from __future__ import annotations

import json
from typing import Any

import pytest

from tollgate_proxy.translation import custom_tools
from tollgate_proxy.translation.conversation import Conversation, Tool

_GRAMMAR = {"type": "grammar", "syntax": "lark", "definition": 'start: "a"+'}


def test_only_custom_tools_are_named() -> None:
    tools = (Tool("shell", parameters={}), Tool("patch", is_custom=True))
    assert custom_tools.names(Conversation("m", (), tools)) == {"patch"}


@pytest.mark.parametrize("grammar", [_GRAMMAR, {"type": "grammar", "grammar": _GRAMMAR}])
def test_a_custom_tool_becomes_a_function_that_takes_text(grammar: dict[str, Any]) -> None:
    tool = custom_tools.as_function(Tool("patch", "Patches files.", is_custom=True, grammar=grammar))
    assert not tool.is_custom
    assert tool.grammar is None
    assert tool.parameters is not None
    assert tool.parameters["required"] == ["input"]
    assert tool.description == 'Patches files.\n\n`input` follows this lark grammar:\nstart: "a"+'


def test_a_function_stays_one() -> None:
    tool = Tool("shell", "Runs.", {"type": "object"}, strict=True)
    assert custom_tools.as_function(tool) is tool
    assert custom_tools.as_function(Tool("t", is_custom=True, grammar={"type": "text"})).description is None


@pytest.mark.parametrize("text", ["", "*** Begin Patch\n", '{"input": 1}', '\u00e9\n\t"'])
def test_a_text_comes_back_out_of_the_arguments(text: str) -> None:
    assert custom_tools.text_of(json.dumps(custom_tools.arguments_of(text))) == text


@pytest.mark.parametrize("arguments", ["", "plain text", "[1]", '{"other": "a"}', '{"input": 1}'])
def test_what_isnt_such_an_object_is_taken_as_it_is(arguments: str) -> None:
    assert custom_tools.text_of(arguments) == arguments
