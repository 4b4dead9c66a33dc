"""Every operation of both APIs is reached by a command, which sends that operation and no other."""

from __future__ import annotations

import shlex

import httpx
import pytest

from tests.support.api_operations import answer, body_fields, operation_of, operations
from tests.support.cli_runner import run
from tests.support.declared_commands import command_of

# A page for people, who read it in a browser.
DOCUMENTS = {"admin getDocs"}

# Fields of bodies that have no option of their own, and what sets them.
BY_OTHER_MEANS = {
    "admin updateKey parentId": "keys move",
    "admin setDefaults revision": "--if-match",
    "admin createProvider apiKey": "--api-key-stdin, --api-key-env, or a question",
    "admin updateProvider apiKey": "--api-key-stdin, --api-key-env; or providers set-key",
    "admin checkApiKey apiKey": "--api-key-stdin, --api-key-env, or a question",
    "admin importModels systemNames": "arguments",
    "admin importModels entries": "--file",
    "admin importModels existing": "--update, --replace",
}

# A command line for each operation. KEY stands for a key's id, ID for any other.
KEYS = {
    "admin listKeys": "keys list",
    # For people it is shown with its standing.
    "admin getKey": "keys show KEY --json",
    "admin createKey": "keys create --name x",
    "admin updateKey": "keys edit KEY --name x",
    "admin deleteKey": "keys delete KEY",
    "admin listChildren": "keys children KEY",
    "admin checkAdmission": "keys admission KEY --model x",
    "admin keyStanding": "keys standing KEY",
    "admin setBudget": "keys budget KEY --budget-limit 5",
    "admin raiseBudget": "keys raise KEY --window total --to 5 --for 7d",
    "admin resetBudget": "keys reset KEY",
    "admin rotateKey": "keys rotate KEY --json",
    "admin revokeKey": "keys revoke KEY",
    "admin reinstateKey": "keys reinstate KEY",
    "admin listPacks": "keys packs list KEY",
    "admin getPack": "keys packs show KEY ID",
    "admin addPack": "keys packs add KEY --amount 5",
    "admin voidPack": "keys packs void KEY ID",
    "admin listBudgetRequests": "budget-requests list",
    "admin getBudgetRequest": "budget-requests show ID",
    "admin approveBudgetRequest": "budget-requests approve ID",
    "admin denyBudgetRequest": "budget-requests deny ID --reason x",
    "admin getSettings": "settings show",
    "admin updateSettings": "settings set --default-rpm-limit 5",
    "admin listAdmins": "admins list",
    "admin getAdmin": "admins show ID",
    "admin createAdmin": "admins create --name x --role viewer",
    "admin updateAdmin": "admins edit ID --role viewer",
    "admin rotateToken": "admins rotate ID",
    "admin revokeAdmin": "admins revoke ID",
}
OWN_KEYS = {
    "client listKeys": "my keys list",
    "client getKey": "my keys show KEY",
    "client createKey": "my keys create --name x",
    "client updateKey": "my keys edit KEY --name x",
    "client deleteKey": "my keys delete KEY",
    "client setBudget": "my keys budget KEY --budget-limit 5",
    "client rotateKey": "my keys rotate KEY",
    "client revokeKey": "my keys revoke KEY",
    "client reinstateKey": "my keys reinstate KEY",
    "client listPacks": "my packs",
    "client askForIncrease": "my budget-requests ask --window total --to 5 --reason x",
    "client listOwnRequests": "my budget-requests list",
    "client getOwnRequest": "my budget-requests show ID",
    "client withdrawRequest": "my budget-requests withdraw ID",
    "client approveRequest": "my budget-requests approve ID",
    "client denyRequest": "my budget-requests deny ID --reason x",
}
COSTS = {
    "admin overview": "costs overview",
    "admin byKey": "costs by key",
    "admin byModel": "costs by model",
    "admin byProvider": "costs by provider",
    "admin byOwner": "costs by owner",
    "admin byTag": "costs by tag --tag team",
    "admin byCostCentre": "costs by cost-centre",
    "admin byDay": "costs by day",
    "admin byMonth": "costs by month",
    "admin series": "costs series",
    "admin outlook": "costs outlook",
    "admin budgetHealth": "costs health",
    "admin bill": "costs bill KEY",
    "admin exportCosts": "costs export",
    "admin whatIf": "costs what-if --as-model gpt-5.5",
}
RECORDS = {
    "admin listRequests": "requests list",
    "admin exportRequests": "requests export",
    "admin getRequest": "requests show ID",
    "admin getBodies": "requests bodies ID",
    "admin listAlerts": "alerts list",
    "admin getDefaults": "alerts defaults show",
    "admin setDefaults": "alerts defaults set --budget-alert-thresholds [] --debounce-seconds 60 "
    "--remind-after-seconds none --forecast-days 3 --notify-recovery --admin-emails none --console-url none",
    "admin raiseTest": "alerts test --key KEY",
    "admin listChanges": "audit",
}
CATALOG = {
    # For people it is shown with the providers' names, and so are prices.
    "admin listModels": "models list --json",
    "admin createModel": "models create --name gpt-5.5 --type chat --provider PROVIDER",
    "admin getModel": "models show MODEL --json",
    "admin updateModel": "models edit MODEL --input-price 1",
    "admin deleteModel": "models delete MODEL",
    "admin listPrices": "prices list MODEL --json",
    "admin listProviders": "providers list",
    "admin createProvider": "providers create --name openai --type openai "
    "--base-url https://api.example.com/v1 --api-key-env TOLLGATE_API_KEY",
    "admin getProvider": "providers show PROVIDER",
    "admin updateProvider": "providers edit PROVIDER --vendor other",
    "admin deleteProvider": "providers delete PROVIDER",
    "admin checkApiKey": "providers check-key PROVIDER --api-key-env TOLLGATE_API_KEY",
    "admin checkProvider": "providers test PROVIDER",
    "admin listRemoteModels": "providers remote-models PROVIDER",
    "admin listCatalog": "catalog list PROVIDER",
    "admin importModels": "catalog load PROVIDER gpt-5.5",
    "admin getOpenapi": "openapi",
}
SELF_SERVICE = {
    "client usage": "usage",
    "client estimateCost": "estimate --model gpt-5.5 --prompt Hello",
}
SIGN_IN = {
    "admin getMe": "whoami --admin",
}
LINES = KEYS | OWN_KEYS | COSTS | RECORDS | CATALOG | SELF_SERVICE | SIGN_IN
IDS = {
    "KEY": "key_0123456789abcdef",
    "MODEL": "mdl_0123456789abcdef0123",
    "PROVIDER": "prv_0123456789abcdef0123",
    "ID": "any_0123456789abcdef",
}


class Recorded(httpx.BaseTransport):
    """Answers as the documents say, and notes which operation each request was."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/health":
            # It is in neither document.
            return httpx.Response(200, json={"status": "ok", "version": "1"})
        self.sent.append(operation_of(request).name)
        return answer(request)


def test_every_operation_has_a_command():
    assert set(LINES) | DOCUMENTS == set(operations())


@pytest.mark.parametrize("operation", LINES)
def test_a_command_sends_its_operation(operation):
    recorded = Recorded()
    words = [IDS.get(word, word) for word in shlex.split(LINES[operation])]
    ran = run(*words, "--yes", transport=recorded)
    assert ran.code == 0, ran.stderr
    assert recorded.sent == [operation]


@pytest.mark.parametrize("operation", LINES)
def test_every_field_of_a_body_has_an_option(operation):
    declared = getattr(command_of(LINES[operation]).callback, "body_fields", ())
    options = {f"{operation} {field.name}" for field in declared}
    fields = {f"{operation} {name}" for name in body_fields(operation)}
    assert fields - set(BY_OTHER_MEANS) == options - set(BY_OTHER_MEANS)
