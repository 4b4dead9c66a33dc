"""Alerts in DynamoDB, and what they need to know of recent spending."""
