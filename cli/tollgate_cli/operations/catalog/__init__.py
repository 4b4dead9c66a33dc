"""The prices of a gateway's models, looked after through its API."""
