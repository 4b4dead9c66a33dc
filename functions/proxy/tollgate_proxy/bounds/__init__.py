"""How much a request can use at most."""
