"""What scopes with policies, and with what ends, have in their items, and how admissions write it."""
