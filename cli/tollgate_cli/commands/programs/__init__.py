"""Programs whose calls go through the gateway."""
