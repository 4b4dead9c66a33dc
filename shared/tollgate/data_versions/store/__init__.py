"""The data version over DynamoDB's tables: its mark, and what brings older items up to date."""
