"""Exchanges of holds: a request that another model is to serve than the one that it was let in with."""
