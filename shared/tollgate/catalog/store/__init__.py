"""The catalog in DynamoDB, and providers' keys in SSM."""
