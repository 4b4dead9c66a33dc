"""Admins in DynamoDB, and the stack's own token in Secrets Manager."""
