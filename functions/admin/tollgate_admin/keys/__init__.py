"""Routes of keys and their settings."""
