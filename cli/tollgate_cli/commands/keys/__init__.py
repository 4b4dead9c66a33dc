"""`tollgate keys`: keys, their limits and their packs, by administrators."""
