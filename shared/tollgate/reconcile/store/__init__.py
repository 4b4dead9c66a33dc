"""Reconciliation over DynamoDB's tables."""
