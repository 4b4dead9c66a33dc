"""Routes of alerts and their defaults."""
