"""The function that adds ledger records to the cost aggregates."""
