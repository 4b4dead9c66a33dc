"""The clients that read other variables than those that any program gets, or more than variables.

`tests/unit/cli/test_client_programs.py` holds docs/cli-run.md to this table.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ClientProgram:
    """What a client wants besides `gateway_variables.FOR_ANY`.

    Values and arguments are templates of $url (the gateway's root), $key, $model, and $route (the model with
    its provider's name before it); between quotes of JSON or TOML $url_text, $model_text and $route_text. A
    variable whose template is None is removed. The key never is in an argument, for everybody on the machine
    can read those.
    """

    name: str
    """As `--client` has it."""
    title: str
    started_as: tuple[str, ...] = ()
    """The names of its program, by which it is known without `--client`."""
    variables: Mapping[str, str | None] = field(default_factory=dict)
    model_variables: Mapping[str, str] = field(default_factory=dict)
    """In addition, or in place of those above, where a model was named."""
    arguments: tuple[str, ...] = ()
    """Come before those that the user gave, so that the user's win."""
    model_arguments: tuple[str, ...] = ()
    own_choice: tuple[str, ...] = ()
    """Options by which the user does what `arguments` would do: those are left out then."""
    repeats_429: bool = False
    """Whether it takes a used-up budget for a rate limit, and asks again and again (docs/clients.md)."""
    note: str | None = None
    """What is said before it starts."""
    unserved: str | None = None
    """Why it is not started at all."""


# What settings.json of Claude Code has under `env` wins over the environment, and its --settings over both.
_CLAUDE_ELSEWHERE: Final = (
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
    "CLAUDE_CODE_USE_MANTLE",
    "CLAUDE_CODE_USE_ANTHROPIC_AWS",
)
_CLAUDE_SETTINGS: Final = json.dumps(
    {"env": {"ANTHROPIC_BASE_URL": "$url_text", **dict.fromkeys(_CLAUDE_ELSEWHERE, "")}}
)
# Codex reads a table in one piece, in TOML.
_CODEX_PROVIDER: Final = (
    'model_providers.tollgate={name="Tollgate",base_url="$url_text/v1",'
    'env_key="TOLLGATE_API_KEY",wire_api="responses"}'
)
# The Anthropic provider of AI SDK wants the /v1, too.
_OPENCODE: Final = {
    "provider": {
        "openai": {"options": {"baseURL": "$url_text/v1", "apiKey": "{env:OPENAI_API_KEY}"}},
        "anthropic": {"options": {"baseURL": "$url_text/v1", "apiKey": "{env:ANTHROPIC_API_KEY}"}},
    }
}
_OWN_SETTINGS: Final = "{} reads its own settings instead of the environment: see docs/clients.md."

CLIENTS: Final = (
    ClientProgram(
        "claude-code",
        "Claude Code",
        ("claude",),
        # It asks whether to use an API key, and warns of both.
        {
            "ANTHROPIC_AUTH_TOKEN": "$key",
            "ANTHROPIC_API_KEY": None,
            "CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY": "1",
        },
        arguments=("--settings", _CLAUDE_SETTINGS),
        own_choice=("--settings",),
    ),
    ClientProgram(
        "codex",
        "Codex",
        ("codex",),
        arguments=("-c", 'model_provider="tollgate"', "-c", _CODEX_PROVIDER, "-c", 'web_search="disabled"'),
        model_arguments=("-c", 'model="$model_text"'),
        repeats_429=True,
    ),
    ClientProgram(
        "opencode",
        "OpenCode",
        ("opencode",),
        {"OPENCODE_CONFIG_CONTENT": json.dumps(_OPENCODE)},
        {"OPENCODE_CONFIG_CONTENT": json.dumps({**_OPENCODE, "model": "$route_text"})},
        repeats_429=True,
    ),
    ClientProgram(
        "aider",
        "Aider",
        ("aider",),
        model_variables={"AIDER_MODEL": "$route", "AIDER_WEAK_MODEL": "$route"},
        repeats_429=True,
    ),
    ClientProgram("llm", "llm", ("llm",), model_variables={"LLM_MODEL": "$model"}),
    ClientProgram(
        "shell-gpt", "ShellGPT", ("sgpt",), {"API_BASE_URL": "$url/v1"}, {"DEFAULT_MODEL": "$model"}
    ),
    ClientProgram(
        "goose",
        "goose",
        ("goose",),
        {"OPENAI_HOST": "$url", "ANTHROPIC_HOST": "$url", "OPENAI_BASE_PATH": None},
        {"GOOSE_MODEL": "$model"},
        repeats_429=True,
    ),
    ClientProgram(
        "open-webui",
        "Open WebUI",
        ("open-webui",),
        {"OPENAI_API_BASE_URL": "$url/v1", "OPENAI_API_BASE_URLS": None, "OPENAI_API_KEYS": None},
        {"TASK_MODEL_EXTERNAL": "$model"},
    ),
    ClientProgram(
        "azure",
        "Azure OpenAI's SDK",
        # Its SDKs refuse to choose where OpenAI's variables are set, too.
        variables={
            "AZURE_OPENAI_ENDPOINT": "$url",
            "AZURE_OPENAI_API_KEY": "$key",
            "OPENAI_API_VERSION": "2024-10-21",
            "OPENAI_BASE_URL": None,
            "OPENAI_API_BASE": None,
            "OPENAI_API_KEY": None,
        },
    ),
    ClientProgram("cline", "Cline", ("cline",), repeats_429=True, note=_OWN_SETTINGS.format("Cline")),
    ClientProgram("continue", "Continue", ("cn",), repeats_429=True, note=_OWN_SETTINGS.format("Continue")),
    ClientProgram(
        "gemini-cli",
        "Gemini CLI",
        ("gemini",),
        unserved="Gemini CLI speaks Google's API only, which the gateway doesn't serve: "
        "its calls would go to Google.",
    ),
)
ANY: Final = ClientProgram("any", "any program")


def client_started_by(program: str) -> ClientProgram:
    """By the name or path of its program, with or without Windows' endings."""
    name = PurePath(program).name.lower().removesuffix(".exe").removesuffix(".cmd")
    return next((each for each in CLIENTS if name in each.started_as), ANY)
