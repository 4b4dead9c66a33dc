"""What the domain asks of the outside world, on AWS: DynamoDB, SSM, Secrets Manager."""
