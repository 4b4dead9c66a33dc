"""Tollgate's domain, and the adapters that connect it to AWS."""
