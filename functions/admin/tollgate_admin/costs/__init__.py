"""Routes of costs, bills and budget health."""
