"""Routes for keys' holders: their usage, and the keys below theirs."""
