"""What a program's environment must say for its calls to go through the gateway, and nowhere else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from string import Template
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_cli.programs.client_programs import ClientProgram

FOR_ANY: Final = {
    "OPENAI_BASE_URL": "$url/v1",
    "OPENAI_API_BASE": "$url/v1",
    "OPENAI_API_KEY": "$key",
    "ANTHROPIC_BASE_URL": "$url",
    "ANTHROPIC_API_BASE": "$url",
    "ANTHROPIC_API_KEY": "$key",
    "TOLLGATE_URL": "$url",
    "TOLLGATE_API_KEY": "$key",
}
MODEL_FOR_ANY: Final = {
    "ANTHROPIC_MODEL": "$model",
    "OPENAI_MODEL": "$model",
    "OPENAI_DEFAULT_MODEL": "$model",
}
SMALL_MODEL_FOR_ANY: Final = {"ANTHROPIC_DEFAULT_HAIKU_MODEL": "$model"}

# What the user's shell may have set, by which a program would go elsewhere, or take another key along.
LEFTOVERS: Final = (
    "OPENAI_ORG_ID",
    "OPENAI_ORGANIZATION",
    "OPENAI_PROJECT_ID",
    "OPENAI_PROJECT",
    "OPENAI_ADMIN_KEY",
    "OPENAI_API_TYPE",
    "OPENAI_API_VERSION",
    "CODEX_API_KEY",
    "AZURE_OPENAI_ENDPOINT",
    "AZURE_OPENAI_API_KEY",
    "AZURE_OPENAI_AD_TOKEN",
    "AZURE_OPENAI_BASE_PATH",
    "AZURE_OPENAI_API_INSTANCE_NAME",
    "AZURE_OPENAI_API_DEPLOYMENT_NAME",
    "AZURE_API_BASE",
    "AZURE_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_PROFILE",
    "ANTHROPIC_FEDERATION_RULE_ID",
    "ANTHROPIC_IDENTITY_TOKEN",
    "ANTHROPIC_IDENTITY_TOKEN_FILE",
    "ANTHROPIC_UNIX_SOCKET",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
    "CLAUDE_CODE_USE_MANTLE",
    "CLAUDE_CODE_USE_ANTHROPIC_AWS",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR",
    "CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR",
    "CLAUDE_CODE_API_BASE_URL",
    "AIDER_OPENAI_API_BASE",
    "AIDER_OPENAI_API_KEY",
    "AIDER_OPENAI_API_TYPE",
    "AIDER_OPENAI_API_VERSION",
    "AIDER_OPENAI_API_DEPLOYMENT_ID",
    "AIDER_OPENAI_ORGANIZATION_ID",
    "AIDER_ANTHROPIC_API_KEY",
    "AIDER_API_KEY",
    "AIDER_SET_ENV",
    # No program needs the administrator's.
    "TOLLGATE_TOKEN",
)
# These may also have what is wanted, such as x-session-id: they go only if they have a credential.
HEADERS: Final = ("OPENAI_CUSTOM_HEADERS", "ANTHROPIC_CUSTOM_HEADERS")
_CREDENTIALS: Final = frozenset({"authorization", "x-api-key", "api-key"})
# A program asks these vendors only if it is told to, or has nobody else to ask: they stay, and are named.
OTHER_VENDORS: Final = (
    "AWS_BEARER_TOKEN_BEDROCK",
    "CEREBRAS_API_KEY",
    "COHERE_API_KEY",
    "DEEPSEEK_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "GROQ_API_KEY",
    "MISTRAL_API_KEY",
    "OPENROUTER_API_KEY",
    "TOGETHER_API_KEY",
    "XAI_API_KEY",
)


@dataclass(frozen=True, repr=False)
class Access:
    """The gateway's root URL, a key's secret for it, and the models to ask for, if any were named."""

    url: str
    key: str
    model: str | None = None
    small_model: str | None = None

    def filled(self, template: str) -> str:
        model = self.model or ""
        raw = {"url": self.url, "model": model, "route": route_of(model)}
        quoted = {f"{name}_text": json.dumps(value)[1:-1] for name, value in raw.items()}
        return Template(template).substitute(raw, **quoted, key=self.key)


@dataclass(frozen=True, repr=False)
class Variables:
    """What is set in an environment, and what is removed from it, if it is there."""

    values: Mapping[str, str]
    removed: tuple[str, ...]

    def applied_to(self, environment: Mapping[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in environment.items() if name not in self.removed}
        return {**kept, **self.values}

    def present(self, environment: Mapping[str, str]) -> tuple[str, ...]:
        """Those of `removed` that are there."""
        return tuple(name for name in self.removed if name in environment)


def variables_for(client: ClientProgram, access: Access, environment: Mapping[str, str]) -> Variables:
    """What makes a client ask the gateway, whatever the `environment` says so far."""
    templates: dict[str, str | None] = {**FOR_ANY}
    if access.model:
        templates |= MODEL_FOR_ANY
    templates |= client.variables
    if access.model:
        templates |= client.model_variables
    values = {name: access.filled(each) for name, each in templates.items() if each is not None}
    if access.small_model:
        values |= dict.fromkeys(SMALL_MODEL_FOR_ANY, access.small_model)
        if "AIDER_WEAK_MODEL" in values:
            values["AIDER_WEAK_MODEL"] = route_of(access.small_model)
    unwanted = [name for name, each in templates.items() if each is None]
    with_credentials = [name for name in HEADERS if _has_credential(environment.get(name, ""))]
    removed = dict.fromkeys([*LEFTOVERS, *unwanted, *with_credentials])
    return Variables(values, tuple(name for name in removed if name not in values))


def arguments_for(client: ClientProgram, access: Access, given: list[str]) -> list[str]:
    """The program's arguments: those that its client needs, and then the user's."""
    options = {each.partition("=")[0] for each in given}
    needed = () if options.intersection(client.own_choice) else client.arguments
    if access.model:
        needed += client.model_arguments
    return [*(access.filled(each) for each in needed), *given]


def route_of(model: str) -> str:
    """The model with its provider's name before it: openai/gpt-4o-mini, anthropic/claude-sonnet-5."""
    if not model or "/" in model:
        return model
    return f"{'anthropic' if model.startswith('claude') else 'openai'}/{model}"


def _has_credential(headers: str) -> bool:
    """Whether lines of `name: value` have one."""
    return any(line.partition(":")[0].strip().lower() in _CREDENTIALS for line in headers.splitlines())
