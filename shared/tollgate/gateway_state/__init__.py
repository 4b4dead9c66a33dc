"""What the gateway keeps between requests: idempotent replies, and who owns a stored response."""
