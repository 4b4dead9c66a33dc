"""Whatever keys do to those below them, none gets more than the key at the top was given."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support import tree_world
from tests.support.key_client import KeyClient
from tests.support.tree_world import TreeWorld
from tollgate.clock import from_rfc3339
from tollgate.pricing.price_terms import INHERITED

TOP: dict[str, Any] = {
    "manageChildren": True,
    "budgetLimit": "100",
    "quotaLimit": "50",
    "rpmLimit": 60,
    "tpmLimit": 1000,
    "maxParallel": 10,
    "expiresAt": "2101-01-01T00:00:00Z",
    "allowedModels": ["large", "small"],
    "safetyLevel": 50,
    "priority": "high",
    "priceFactor": "1.2",
}
AMOUNT = st.sampled_from(["1", "30", "50", "60", "100", "101", None])
WANTED = {
    "quotaLimit": AMOUNT,
    "rpmLimit": st.sampled_from([1, 60, 61, None]),
    "tpmLimit": st.sampled_from([1000, 1001, None]),
    "maxParallel": st.sampled_from([10, 11]),
    "expiresAt": st.sampled_from(["2100-01-01T00:00:00Z", "2101-01-01T00:00:01Z", None]),
    "allowedModels": st.sampled_from([["small"], ["large", "small"], ["other"], None]),
    "safetyLevel": st.sampled_from([10, 50, 51, None]),
    "priority": st.sampled_from(["low", "normal", "high", "critical"]),
    "overcommit": st.booleans(),
    "manageChildren": st.booleans(),
}
FIELDS = st.fixed_dictionaries({}, optional=WANTED)
BUDGETS = st.fixed_dictionaries({"budgetLimit": AMOUNT}, optional={"overcommit": st.booleans()})
# Which key acts and on which other one, as places among those that there are by then.
ACTOR, TARGET = st.sampled_from([0, 0, 0, 1, 1, 2, 3]), st.integers(0, 5)
STEP = st.one_of(
    st.tuples(
        TARGET, st.just("create"), TARGET, st.builds(lambda *parts: parts[0] | parts[1], FIELDS, BUDGETS)
    ),
    st.tuples(ACTOR, st.just("edit"), TARGET, FIELDS),
    st.tuples(ACTOR, st.just("budget"), TARGET, BUDGETS),
    st.tuples(ACTOR, st.sampled_from(["revoke", "reinstate"]), TARGET, st.none()),
)


def do(admin, step, keys):
    """Makes a step, whatever comes of it; `keys` are the secrets by id of all keys so far."""
    actor, action, target, body = step
    ids = list(keys)
    client, key_id = KeyClient(admin, keys[ids[actor % len(ids)]]), ids[target % len(ids)]
    match action:
        case "create":
            answer = client("POST", "/keys", {"name": "a child", "parentId": key_id, **body})
            if answer.status == 201:
                keys[answer.json["id"]] = answer.json["key"]
        case "edit":
            answer = client("PATCH", f"/keys/{key_id}", body)
        case "budget":
            answer = client("PUT", f"/keys/{key_id}/budget", body)
        case _:
            answer = client("POST", f"/keys/{key_id}/{action}")
    return answer


@pytest.fixture
def tree(dynamodb, shared_admin, monkeypatch):
    deployed = shared_admin.services.settings
    monkeypatch.setattr(tree_world, "MAX_DEPTH", deployed.max_key_depth)
    return TreeWorld(dynamodb, {"KeysTable": deployed.keys_table, "AuditTable": deployed.audit_table})


@settings(
    max_examples=6,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # a smaller example takes longer to find than this one to read
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(steps=st.lists(STEP, min_size=6, max_size=12))
def test_no_key_below_gets_more_than_the_key_above(shared_admin, tree, steps):
    top = shared_admin.key(**TOP)
    keys = {top["id"]: top["key"]}
    before = tree.get(top["id"])
    answered = Counter()
    # So that there is always something to do it to.
    for step in [(0, "create", 0, {}), (0, "create", 1, {"budgetLimit": "50"}), *steps]:
        answer = do(shared_admin, step, keys)
        answered[answer.status] += 1
        assert answer.status in {200, 201, 400, 401, 403, 404}, answer.text
        assert tree.get(top["id"]) == before, "a key's own settings aren't its to change"
        scopes = tree.keys.get_all(keys)
        for key_id in keys.keys() - {top["id"]}:
            assert_within(scopes[key_id], before)
    assert answered[201] >= 2
    tree.assert_sound()


def assert_within(scope, top):
    assert scope.budget_limit is None or scope.budget_limit <= Decimal(TOP["budgetLimit"])
    assert scope.quota.limit is None or scope.quota.limit <= Decimal(TOP["quotaLimit"])
    for name in ("rpm_limit", "tpm_limit", "max_parallel", "safety_level"):
        limit = getattr(scope, name)
        assert limit is None or limit <= getattr(top, name)
    assert scope.expires_at is None or scope.expires_at <= from_rfc3339(TOP["expiresAt"])
    assert scope.allowed_models is not None
    assert scope.allowed_models <= top.allowed_models
    assert scope.priority.rank <= top.priority.rank
    assert scope.price_terms is INHERITED
    assert not scope.keep_bodies
