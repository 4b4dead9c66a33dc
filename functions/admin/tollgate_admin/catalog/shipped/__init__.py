"""Well-known models with their vendors' list prices, as they come with Tollgate, and their import."""
