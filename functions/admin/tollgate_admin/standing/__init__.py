"""How a key stands: its budgets and those above it, and what refuses its calls."""
