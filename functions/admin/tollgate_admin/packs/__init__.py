"""Routes of keys' resource packs."""
