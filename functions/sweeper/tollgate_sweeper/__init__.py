"""The function that closes expired holds, and reconciles scopes with their records."""
