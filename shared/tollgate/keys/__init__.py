"""Keys: their tokens, settings, families and places in the tree."""
