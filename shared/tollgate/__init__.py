"""Tollgate's domain: a package for each capability, with its rules at the top and its tables in `store`.

From the top down, each knowing only what is below it:

- `reconcile`: whether counters are what records add up to, and repairs
- `budget_health`, `gateway_state`: how keys' budgets stand; idempotent replies and stored responses
- `alerts`: who is told what of a budget, and when
- `costs`, `request_log`: sums over ledger records; the records themselves, and kept bodies
- `keys`: their tokens, settings, families and tree; `admins`: who administers
- `ledger`: what a scope may spend, what requests hold of it, and what they were charged
- `catalog`: providers, models and their prices
- `audit`, `pricing`: changes that were made; token classes, usage reports and what a request costs
- `aws`: DynamoDB and metrics, for the stores

Beside them: exact money, the clock, identifiers, refusals and their HTTP, and other small things.
"""

from typing import Final

# The one source: pyproject.toml, template.yaml and CHANGELOG.md repeat it, and a test compares them.
__version__: Final = "0.1.0"
