"""The request log and kept bodies in DynamoDB."""
