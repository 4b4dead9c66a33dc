import pytest

from tollgate.pricing.vendors import Vendor
from tollgate.refusals import RefusedError
from tollgate_proxy.request import tools

FUNCTION = {"type": "function", "name": "read", "parameters": {"type": "object"}}


def hosted(*given: dict, **members: object) -> list[str]:
    return [tool.type for tool in tools.hosted({"tools": list(given), **members})]


@pytest.mark.parametrize(
    "tool",
    [
        FUNCTION,
        {"type": "function", "function": {"name": "read", "parameters": {}}},
        {"type": "custom", "name": "apply", "format": {"type": "grammar"}},
        {"name": "read", "input_schema": {"type": "object"}},
        {"type": "custom", "name": "read", "input_schema": {"type": "object"}},
        {"functionDeclarations": [{"name": "read"}]},
        {"function_declarations": [{"name": "read"}]},
        {"type": "namespace", "name": "crm", "description": "", "tools": [FUNCTION]},
        {"type": "namespace", "name": "crm", "tools": [{"type": "namespace", "tools": [FUNCTION]}]},
        {"type": "local_shell"},
        {"type": "shell"},
        {"type": "shell", "environment": {"type": "local", "skills": []}},
        {"type": "apply_patch"},
        {"type": "computer"},
        {"type": "computer_use_preview", "display_width": 1024, "display_height": 768},
        {"type": "computer_20251124", "name": "computer"},
        {"type": "computer_toolset_20260801"},
        {"type": "browser_toolset_20260801"},
        {"type": "bash_20250124", "name": "bash"},
        {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
        {"type": "memory_20250818", "name": "memory"},
        {"type": "tool_search", "execution": "client", "parameters": {}},
    ],
)
def test_a_tool_that_the_client_runs_is_not_hosted(tool):
    assert hosted(tool) == []


@pytest.mark.parametrize(
    ("tool", "kind"),
    [
        ({"type": "web_search"}, "web_search"),
        ({"type": "web_search_20260318", "name": "web_search"}, "web_search_20260318"),
        ({"type": "code_execution_20260521", "name": "code"}, "code_execution_20260521"),
        ({"type": "advisor_20260301", "model": "dearer"}, "advisor_20260301"),
        ({"type": "code_interpreter", "container": "auto"}, "code_interpreter"),
        ({"type": "image_generation"}, "image_generation"),
        ({"type": "file_search", "vector_store_ids": []}, "file_search"),
        ({"type": "shell", "environment": {"type": "container_auto"}}, "shell"),
        ({"type": "shell", "environment": {"type": "container_reference"}}, "shell"),
        ({"type": "shell", "environment": "container"}, "shell"),
        ({"type": "builtin_function", "function": {"name": "$web_search"}}, "web_search"),
        ({"type": "openrouter:web_search"}, "openrouter:web_search"),
        ({"google_search": {}}, "google_search"),
        ({"type": "retrieval", "retrieval": {}}, "retrieval"),
        ({"type": "something_new"}, "something_new"),
        ({"type": ["function"]}, "['function']"),
        ({}, ""),
    ],
)
def test_a_tool_that_the_provider_runs_or_that_is_unknown_is_hosted_and_may_have_a_fee(tool, kind):
    [found] = tools.hosted({"tools": [FUNCTION, tool]})

    assert (found.type, found.param, found.has_fee) == (kind, "tools[1]", True)


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "mcp", "server_url": "https://example.com"},
        {"type": "mcp_toolset", "mcp_server_name": "crm"},
        {"type": "tool_search"},
        {"type": "tool_search", "execution": "server"},
        {"type": "tool_search_tool_bm25"},
        {"type": "tool_search_tool_regex_20251119"},
        {"type": "web_fetch_20260318"},
        {"type": "programmatic_tool_calling"},
    ],
)
def test_some_hosted_tools_cost_no_more_than_their_tokens(tool):
    [found] = tools.hosted({"tools": [tool]})

    assert not found.has_fee


def test_a_hosted_tool_is_found_inside_a_namespace():
    [found] = tools.hosted({"tools": [{"type": "namespace", "tools": [FUNCTION, {"type": "web_search"}]}]})

    assert (found.type, found.param) == ("web_search", "tools[0].tools[1]")


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"input": [{"type": "additional_tools", "tools": [{"type": "web_search"}]}]}, "input[0].tools[0]"),
        ({"input": [{"type": "tool_search_output", "tools": [{"type": "web_search"}]}]}, "input[0].tools[0]"),
        (
            {
                "messages": [
                    {"role": "user", "content": "hi"},
                    {
                        "role": "user",
                        "content": [
                            {
                                "type": "tool_addition",
                                "tool": {
                                    "type": "tool_definition",
                                    "definition": {"type": "web_search_20250305"},
                                },
                            }
                        ],
                    },
                ]
            },
            "messages[1].content[0].tool.definition",
        ),
    ],
)
def test_a_hosted_tool_is_found_where_the_conversation_brings_it(members, place):
    [found] = tools.hosted(members)

    assert found.param == place


@pytest.mark.parametrize(
    ("members", "has_fee"),
    [
        ({"web_search_options": {}}, True),
        ({"search_parameters": {"mode": "auto"}}, True),
        ({"enable_search": True}, True),
        ({"plugins": [{"id": "web"}]}, True),
        ({"prompt": {"id": "pmpt_1"}}, True),
        ({"mcp_servers": [{"type": "url", "url": "https://example.com"}]}, False),
    ],
)
def test_a_member_may_have_the_provider_run_any_tool(members, has_fee):
    [found] = tools.hosted(members)

    assert (found.type, found.param, found.has_fee) == ("", next(iter(members)), has_fee)


@pytest.mark.parametrize("nothing", [None, False, [], ""])
def test_a_member_that_asks_for_nothing_has_no_tool_run(nothing):
    assert hosted(web_search_options=nothing, mcp_servers=nothing) == []


def test_openrouter_runs_every_shell():
    members = {"tools": [{"type": "shell"}]}

    assert tools.hosted(members, frozenset({Vendor.OPENROUTER}))
    assert not tools.hosted(members, frozenset({Vendor.OPENAI}))


def test_how_often_a_tool_runs_is_the_clients_to_limit():
    [found] = tools.hosted({"tools": [{"type": "web_search_20250305", "max_uses": 3}]})

    assert found.uses == 3


def test_a_limit_that_is_no_integer_is_refused():
    with pytest.raises(RefusedError, match=r"tools\[0\]\.max_uses"):
        tools.hosted({"tools": [{"type": "web_search_20250305", "max_uses": "3"}]})


@pytest.mark.parametrize("tools_member", [None, {}, "x", [1, "x", None]])
def test_tools_that_are_none_are_left_to_the_provider(tools_member):
    assert tools.hosted({"tools": tools_member}) == []


def test_a_tool_of_the_vendors_own_definition_is_known_as_such():
    assert tools.is_defined({"type": "bash_20250124"})
    assert tools.is_defined({"type": "local_shell"})
    assert not tools.is_defined(FUNCTION)
