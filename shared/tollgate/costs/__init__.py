"""Costs: sums over the ledger's records, by day, month and what requests have in common."""
