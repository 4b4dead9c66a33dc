"""A typed Python client of Tollgate's admin API and of self-service."""
