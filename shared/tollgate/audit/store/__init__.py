"""The audit in DynamoDB."""
