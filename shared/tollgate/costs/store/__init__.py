"""Cost aggregates in DynamoDB."""
