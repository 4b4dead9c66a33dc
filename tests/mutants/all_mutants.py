"""The mutants of all capabilities."""

from __future__ import annotations

from tests.mutants.alert_mutants import ALERT_MUTANTS
from tests.mutants.billing_mutants import BILLING_MUTANTS
from tests.mutants.budget_request_mutants import BUDGET_REQUEST_MUTANTS
from tests.mutants.cost_mutants import COST_MUTANTS
from tests.mutants.downgrade_mutants import DOWNGRADE_MUTANTS
from tests.mutants.exchange_mutants import EXCHANGE_MUTANTS
from tests.mutants.ledger_mutants import LEDGER_MUTANTS
from tests.mutants.pack_mutants import PACK_MUTANTS
from tests.mutants.policy_mutants import POLICY_MUTANTS

MUTANTS = [
    *LEDGER_MUTANTS,
    *EXCHANGE_MUTANTS,
    *POLICY_MUTANTS,
    *DOWNGRADE_MUTANTS,
    *COST_MUTANTS,
    *BUDGET_REQUEST_MUTANTS,
    *BILLING_MUTANTS,
    *PACK_MUTANTS,
    *ALERT_MUTANTS,
]
