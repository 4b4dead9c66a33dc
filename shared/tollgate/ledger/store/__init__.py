"""The ledger in DynamoDB: admission, settlement and sweep as conditional writes."""
