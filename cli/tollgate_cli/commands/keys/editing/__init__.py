"""A key in an editor."""
