"""Which variables and options a client gets, and that the page about it tells all of them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from tollgate_cli.programs import gateway_variables
from tollgate_cli.programs.client_programs import ANY, CLIENTS, client_started_by
from tollgate_cli.programs.gateway_variables import Access, arguments_for, variables_for

PAGE = Path(__file__).parents[3] / "docs/cli-run.md"
URL = "https://gateway.example.com/prod"
ACCESS = Access(URL, "sk-tg-secret")
WITH_MODEL = Access(URL, "sk-tg-secret", "claude-sonnet-5", "claude-haiku-4-5")
BY_NAME = {each.name: each for each in (*CLIENTS, ANY)}
EVERYWHERE = {
    **dict.fromkeys(gateway_variables.LEFTOVERS, "elsewhere"),
    **dict.fromkeys(gateway_variables.FOR_ANY, "elsewhere"),
    "PATH": "/usr/bin",
}


def environment_of(name: str, access: Access = ACCESS, environment: dict[str, str] | None = None):
    before = EVERYWHERE if environment is None else environment
    return variables_for(BY_NAME[name], access, before).applied_to(before)


@pytest.mark.parametrize("name", BY_NAME)
def test_nothing_in_a_programs_environment_leads_elsewhere(name):
    after = environment_of(name, WITH_MODEL)
    assert "elsewhere" not in after.values()
    assert after["PATH"] == "/usr/bin"


@pytest.mark.parametrize("name", BY_NAME)
def test_the_key_is_in_the_environment_and_in_no_argument(name):
    assert "sk-tg-secret" in environment_of(name).values()
    assert "sk-tg-secret" not in " ".join(arguments_for(BY_NAME[name], WITH_MODEL, []))


@pytest.mark.parametrize("name", BY_NAME)
def test_no_template_is_left_unfilled(name):
    variables = variables_for(BY_NAME[name], WITH_MODEL, {})
    for text in (*variables.values.values(), *arguments_for(BY_NAME[name], WITH_MODEL, [])):
        assert "$" not in text


def test_openais_clients_get_the_v1_and_anthropics_do_not():
    after = environment_of("any")
    assert after["OPENAI_BASE_URL"] == after["OPENAI_API_BASE"] == f"{URL}/v1"
    assert after["ANTHROPIC_BASE_URL"] == after["ANTHROPIC_API_BASE"] == URL
    assert after["OPENAI_API_KEY"] == after["ANTHROPIC_API_KEY"] == after["TOLLGATE_API_KEY"]
    assert "ANTHROPIC_AUTH_TOKEN" not in after  # both at once are warned of


def test_claude_code_gets_a_token_and_settings_that_win_over_its_own():
    after = environment_of("claude-code")
    assert after["ANTHROPIC_AUTH_TOKEN"] == "sk-tg-secret"
    assert "ANTHROPIC_API_KEY" not in after
    option, settings, *given = arguments_for(BY_NAME["claude-code"], ACCESS, ["-p", "hello"])
    assert (option, given) == ("--settings", ["-p", "hello"])
    assert json.loads(settings)["env"]["ANTHROPIC_BASE_URL"] == URL
    assert json.loads(settings)["env"]["CLAUDE_CODE_USE_BEDROCK"] == ""


@pytest.mark.parametrize("given", [["--settings", "mine.json"], ["-p", "hello", "--settings={}"]])
def test_settings_of_the_users_own_are_left_to_them(given):
    assert arguments_for(BY_NAME["claude-code"], ACCESS, given) == given


def test_codex_gets_a_provider_by_options_that_the_users_come_after():
    arguments = arguments_for(BY_NAME["codex"], WITH_MODEL, ["exec", "-c", 'model="other"'])
    options = [each for each in arguments if "=" in each]
    settings = tomllib.loads("\n".join(options[:-1]))
    assert settings["model_provider"] == "tollgate"
    assert settings["model_providers"]["tollgate"]["base_url"] == f"{URL}/v1"
    assert settings["model"] == "claude-sonnet-5"
    assert environment_of("codex")[settings["model_providers"]["tollgate"]["env_key"]] == "sk-tg-secret"
    assert arguments[-3:] == ["exec", "-c", 'model="other"']


def test_what_is_in_quotes_cant_end_them():
    odd = Access('https://gateway.example.com/a"b', "sk-tg-secret", 'a"b\\c')
    assert (
        json.loads(variables_for(BY_NAME["opencode"], odd, {}).values["OPENCODE_CONFIG_CONTENT"])["model"]
        == 'openai/a"b\\c'
    )
    settings = tomllib.loads("\n".join(arguments_for(BY_NAME["codex"], odd, [])[1::2]))
    assert settings["model"] == 'a"b\\c'


@pytest.mark.parametrize(
    ("model", "route"),
    [
        ("gpt-4o-mini", "openai/gpt-4o-mini"),
        ("claude-sonnet-5", "anthropic/claude-sonnet-5"),
        ("openai/claude-like", "openai/claude-like"),
    ],
)
def test_clients_that_name_a_models_provider_get_it(model, route):
    access = Access(URL, "sk-tg-secret", model)
    assert environment_of("aider", access)["AIDER_MODEL"] == route


def test_a_small_model_is_for_what_runs_in_the_background():
    after = environment_of("claude-code", WITH_MODEL)
    assert after["ANTHROPIC_MODEL"] == "claude-sonnet-5"
    assert after["ANTHROPIC_DEFAULT_HAIKU_MODEL"] == "claude-haiku-4-5"
    assert environment_of("aider", WITH_MODEL)["AIDER_WEAK_MODEL"] == "anthropic/claude-haiku-4-5"


def test_headers_go_only_if_they_have_a_credential():
    harmless = {"ANTHROPIC_CUSTOM_HEADERS": "x-session-id: 1\nx-tollgate-downgrade: never"}
    assert environment_of("any", environment=harmless)["ANTHROPIC_CUSTOM_HEADERS"]
    for line in ("Authorization: Bearer other", "x-session-id: 1\n X-Api-Key : other"):
        assert "OPENAI_CUSTOM_HEADERS" not in environment_of(
            "any", environment={"OPENAI_CUSTOM_HEADERS": line}
        )


def test_azures_sdk_has_no_variables_of_openais_to_choose_between():
    after = environment_of("azure")
    assert after["AZURE_OPENAI_ENDPOINT"] == URL
    assert "OPENAI_API_KEY" not in after


@pytest.mark.parametrize(
    ("program", "name"),
    [
        ("claude", "claude-code"),
        ("/opt/bin/codex", "codex"),
        ("./node_modules/.bin/opencode", "opencode"),
        ("Claude.EXE", "claude-code"),
        ("python", "any"),
        ("claude-wrapper", "any"),
    ],
)
def test_a_client_is_known_by_its_programs_name(program, name):
    assert client_started_by(program).name == name


def test_the_page_tells_every_client_and_every_variable():
    page = PAGE.read_text(encoding="utf-8")
    names = {
        *gateway_variables.FOR_ANY,
        *gateway_variables.MODEL_FOR_ANY,
        *gateway_variables.SMALL_MODEL_FOR_ANY,
        *gateway_variables.LEFTOVERS,
        *gateway_variables.HEADERS,
        *gateway_variables.OTHER_VENDORS,
    }
    for client in CLIENTS:
        names |= {*client.variables, *client.model_variables}
        assert f"| {client.title} | `{client.name}` |" in page
    assert not {name for name in names if f"`{name}`" not in page}
