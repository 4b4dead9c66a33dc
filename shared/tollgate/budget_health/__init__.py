"""Budget health: how each key's budgets stand, in a word and in a summary."""
