"""The gateway's state in DynamoDB."""
