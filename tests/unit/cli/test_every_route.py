"""Every operation of both APIs is reached by a command, which sends that operation and no other."""

from __future__ import annotations

import shlex

import httpx
import pytest

from tests.support.api_operations import answer, body_fields, operation_of, operations
from tests.support.cli_runner import run
from tests.support.declared_commands import command_of

# Documents that programs and people read where they are, not by commands.
DOCUMENTS = {"admin getDocs", "admin getOpenapi"}

# Fields of bodies that have no option of their own, and what sets them.
BY_OTHER_MEANS: dict[str, str] = {}

# A command line for each operation. KEY stands for a key's id, ID for any other.
KEYS = {
    "admin listKeys": "keys list",
    "admin getKey": "keys show KEY",
}
COSTS: dict[str, str] = {}
RECORDS: dict[str, str] = {}
CATALOG: dict[str, str] = {}
SELF_SERVICE: dict[str, str] = {}
SIGN_IN = {
    "admin getMe": "whoami --admin",
}
LINES = KEYS | COSTS | RECORDS | CATALOG | SELF_SERVICE | SIGN_IN
IDS = {"KEY": "key_0123456789abcdef", "ID": "any_0123456789abcdef"}

# What is still to come. Whoever adds a command takes its operation out.
NO_KEYS = """
    admin listAdmins, admin createAdmin, admin getAdmin, admin updateAdmin, admin revokeAdmin,
    admin rotateToken, admin createKey, admin deleteKey, admin updateKey, admin checkAdmission,
    admin setBudget, admin raiseBudget, admin resetBudget, admin listChildren, admin listPacks,
    admin addPack, admin getPack, admin voidPack, admin reinstateKey, admin revokeKey, admin rotateKey,
    admin keyStanding, admin listBudgetRequests, admin getBudgetRequest, admin approveBudgetRequest,
    admin denyBudgetRequest, admin getSettings, admin updateSettings
"""
NO_COSTS = """
    admin bill, admin budgetHealth, admin byCostCentre, admin byDay, admin byKey, admin byModel,
    admin byMonth, admin byOwner, admin byProvider, admin byTag, admin exportCosts, admin outlook,
    admin overview, admin series, admin whatIf
"""
NO_RECORDS = """
    admin listAlerts, admin getDefaults, admin setDefaults, admin raiseTest, admin listChanges,
    admin listRequests, admin exportRequests, admin getRequest, admin getBodies
"""
NO_CATALOG = """
    admin listModels, admin createModel, admin deleteModel, admin getModel, admin updateModel,
    admin listPrices, admin listProviders, admin createProvider, admin deleteProvider,
    admin getProvider, admin updateProvider, admin listCatalog, admin importModels,
    admin listRemoteModels, admin checkProvider, admin checkApiKey
"""
NO_SELF_SERVICE = """
    client listOwnRequests, client askForIncrease, client getOwnRequest, client approveRequest,
    client denyRequest, client withdrawRequest, client estimateCost, client listKeys, client createKey,
    client deleteKey, client getKey, client updateKey, client setBudget, client reinstateKey,
    client revokeKey, client rotateKey, client listPacks, client usage
"""
NO_SIGN_IN = ""
NOT_YET = {
    name.strip()
    for names in (NO_KEYS, NO_COSTS, NO_RECORDS, NO_CATALOG, NO_SELF_SERVICE, NO_SIGN_IN)
    for name in names.replace("\n", " ").split(",")
    if name.strip()
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
    assert set(LINES) | NOT_YET | DOCUMENTS == set(operations())
    assert not NOT_YET & set(LINES)


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
