"""A client's request: its JSON, its encoding, and what its members are called."""
