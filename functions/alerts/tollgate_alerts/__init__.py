"""The function that looks at budgets when they change, and sends messages."""
