"""Monthly bills of keys."""
