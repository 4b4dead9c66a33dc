"""What AWS says of a stack: calls that only read."""
