"""Budget summaries in DynamoDB."""
