"""Of requests for higher limits."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

REQUESTS = "shared/tollgate/budget_requests/budget_requests.py"
DECISIONS = "shared/tollgate/budget_requests/store/request_decisions.py"
DECIDING = "functions/admin/tollgate_admin/budget_requests/deciding.py"
ASKING = "functions/admin/tollgate_admin/budget_requests/asking.py"
OWN_REQUESTS = "functions/admin/tollgate_admin/self_service/own_budget_requests.py"
GRANTS = "functions/alerts/tollgate_alerts/granted_limits.py"
RULES_OF_REQUESTS = ("tests/unit/budget_requests/test_budget_requests.py",)
FLOW_OF_REQUESTS = ("tests/integration/budget_requests/test_budget_request_flow.py",)
FAULTS_OF_REQUESTS = ("tests/integration/budget_requests/test_budget_request_faults.py",)
GRANTED_LIMITS = ("tests/integration/alerts/test_granted_limits.py",)
BUDGET_REQUEST_MUTANTS = [
    Mutant(
        "decides what has expired",
        REQUESTS,
        " or self.ends_at <= decision.at:",
        ":",
        RULES_OF_REQUESTS,
    ),
    Mutant(
        "decides what is decided",
        REQUESTS,
        "if self.stage is not Stage.PENDING or self",
        "if self",
        RULES_OF_REQUESTS,
    ),
    Mutant("raises a limit to what it is", REQUESTS, "if limit <= b", "if limit < b", RULES_OF_REQUESTS),
    Mutant(
        "raises a limit again that was lowered since",
        DECISIONS,
        "return self.audit.has_at(request.key_id, request.decision.at, request.decision.change_id)",
        "return False",
        FAULTS_OF_REQUESTS,
    ),
    Mutant(
        "goes on with an approval that was given up",
        DECISIONS,
        "if present is None or present.revision != request.revision:",
        "if present is None:",
        FAULTS_OF_REQUESTS,
    ),
    Mutant(
        "gives up an approval that another is about to apply",
        DECISIONS,
        "            self.hierarchy.keys.fence(scope)\n",
        "            pass\n",
        FAULTS_OF_REQUESTS,
    ),
    Mutant(
        "gives up an approval that was applied",
        DECISIONS,
        "        if self._is_applied(request):",
        "        if request.stage is Stage.APPLYING and self._is_applied(request):",
        FAULTS_OF_REQUESTS,
    ),
    Mutant(
        "has two requests pending",
        ASKING,
        "if last.state_at(now) is RequestState.PENDING:",
        "if last is None:",
        FLOW_OF_REQUESTS,
    ),
    Mutant(
        "lets whoever was told no ask at once",
        ASKING,
        "            _require_patience(last, now)\n",
        "",
        FLOW_OF_REQUESTS,
    ),
    Mutant("floods approvers", ASKING, "< MAX_ASKED_AN_HOUR", ">= 0", FLOW_OF_REQUESTS),
    Mutant("floods owners with answers", DECIDING, "> MAX_ASKED_AN_HOUR", "< 0", FLOW_OF_REQUESTS),
    Mutant(
        "lets whoever asks decide",
        OWN_REQUESTS,
        "    if acting.scope.key_id in {found.key_id, found.asked_by}:",
        "    if acting.scope.key_id in {found.key_id}:",
        FLOW_OF_REQUESTS,
    ),
    Mutant(
        "lets keys decide that may not manage others",
        OWN_REQUESTS,
        "    acting.require_manager()\n",
        "",
        FLOW_OF_REQUESTS,
    ),
    Mutant(
        "lets a key give more than it has",
        OWN_REQUESTS,
        "families.require_below(acting.scope.key_id, parents, wanted)",
        "families.require_below(acting.scope.key_id, parents, Limits())",
        FLOW_OF_REQUESTS,
    ),
    Mutant(
        "shows who was above what is asked for below",
        OWN_REQUESTS,
        "if any(above.key_id == key_id for above in chains.get(each.key_id, ()))",
        "if each.key_id in chains",
        FLOW_OF_REQUESTS,
    ),
    Mutant(
        "tells of a grant's end twice",
        GRANTS,
        "if seen is None or seen.due_at is None:",
        "if seen is None:",
        GRANTED_LIMITS,
    ),
]
