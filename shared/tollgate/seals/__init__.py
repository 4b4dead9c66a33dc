"""Seals: each day's usage records and audit entries under a Merkle root, in a chain that only grows."""
