"""Keys in DynamoDB, as admins edit them."""
