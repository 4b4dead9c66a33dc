"""Seals over DynamoDB's tables, and their copy in a bucket."""
