"""What a scope has beside plain budgets: limits that end, and what is kept for whom."""
