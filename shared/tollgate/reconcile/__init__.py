"""Reconciliation: whether a scope's counters are the sum of its records, and repairs where they aren't."""
