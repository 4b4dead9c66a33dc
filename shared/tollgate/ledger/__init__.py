"""The ledger: what a scope may spend, what requests hold of it, and what they were charged."""
