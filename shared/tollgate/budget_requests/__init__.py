"""Budget requests: asking for a higher limit, and deciding on it."""
