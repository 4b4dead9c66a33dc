"""What fields are for, as tables of the documentation say it: editors show it where one is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from infra.local.environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINK: Final = re.compile(r"\[([^]]*)]\([^)]*\)")
_NAME: Final = re.compile(r"`([A-Za-z0-9]+)`")

# What no page has a table of.
_PROVIDER: Final = {
    "name": "What the provider is called here; models name it. It can't be changed.",
    "type": "Whose API is at its base URL: `openai` or `anthropic`. It can't be changed.",
    "baseUrl": "Where its API is. The version (`/v1`) and a known host's path are added where they lack.",
    "apiKey": "Where its API key is: in an environment variable or in Parameter Store. Never the key itself.",
    "apis": "The APIs that it speaks, each once, and where; null or nothing for what type and vendor tell.",
    "vendor": "Whose service it is, which decides how it reports usage; by default what the host tells.",
}
_MODEL: Final = {
    "systemName": "The name that clients use. It can't be changed.",
    "aliases": "Further names by which clients may call it.",
    "provider": "The name of the provider that serves it.",
    "remoteId": "The provider's name for the model; by default the system name.",
    "modelType": "`chat` or `embedding`, as the API lists them. It can't be changed.",
    "allowUnpriced": "Whether calls are admitted, at no cost, while the model has no price.",
    "allowUnpricedOptions": "Whether options, such as a tier or a tool, are admitted that have no price.",
    "contextLimit": "Tokens that prompt and answer can have together.",
    "outputLimit": "Tokens that an answer can have.",
    "weight": "Its share of the calls among targets of the same priority.",
    "priority": "Targets of the lowest number are asked first.",
    "alternatives": "Further providers that serve the model. The list is set as a whole.",
    "fallbacks": "Models, by their system names, that serve a call in this order where its own fails.",
    "safetyLevel": "0 to 100: keys of a lower level can't call the model.",
    "promptOverhead": "Tokens that the provider adds to each prompt.",
    "strictTranslation": "Whether requests are refused that can't be carried whole to a provider's API.",
}
_ALERTS: Final = {
    "budgetAlertThresholds": "Who is told at which percent of a budget, for keys without thresholds.",
    "debounceSeconds": "The shortest time between two alerts of one threshold.",
    "remindAfterSeconds": "After how long a reminder is sent while usage is above a threshold; null: never.",
    "forecastDays": "A budget forecast to be used up within so many days is told of; 0: no forecasts.",
    "notifyRecovery": "Whether it is told that a raise or a reset has lifted a block.",
    "adminEmails": "The addresses that `admin` stands for.",
    "consoleUrl": "Where links in mails lead to; null for no links.",
}


def of_providers() -> dict[str, str]:
    return {**_table("providers.md", "| field | values |"), **_PROVIDER}


def of_models() -> dict[str, str]:
    return {**of_prices(), **_MODEL}


def of_prices() -> dict[str, str]:
    return _table("pricing.md", "| field | for |")


def of_keys() -> dict[str, str]:
    return _table("keys.md", "| field | |")


def of_settings() -> dict[str, str]:
    return _table("keys.md", "| setting | default |")


def of_alerts() -> dict[str, str]:
    return dict(_ALERTS)


def _table(page: str, head: str) -> dict[str, str]:
    """What a page's table says of each field that its first column names.

    The head's last column, if it says `default` or `without it`, is what a field is where nobody names it.
    """
    lines = (ROOT / "docs" / page).read_text().splitlines()
    (start,) = (number for number, line in enumerate(lines) if line.startswith(head))
    last = lines[start].strip("| ").rpartition("|")[2].strip()
    found: dict[str, str] = {}
    for named, *told in _rows(lines[start + 2 :]):
        plain = [_LINK.sub(r"\1", each) for each in told]
        if last in {"default", "without it"}:
            plain[-1] = f"{last}: {plain[-1]}"
        about = named.partition(":")[2].strip()
        text = "; ".join(each for each in (about, *plain) if each)
        found |= dict.fromkeys(_NAME.findall(named), f"{text[:1].upper()}{text[1:]}")
    return found


def _rows(lines: list[str]) -> Iterator[list[str]]:
    for line in lines:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip().strip("|").split("|")]
