"""Programs that the local stack starts, and how they end."""
