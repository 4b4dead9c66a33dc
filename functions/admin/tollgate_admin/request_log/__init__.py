"""Routes of the request log."""
