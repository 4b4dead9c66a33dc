"""AWS as the capabilities' stores use it: DynamoDB's client and requests, and metrics."""
