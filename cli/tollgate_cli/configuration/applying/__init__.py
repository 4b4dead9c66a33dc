"""Carrying a plan out, change by change, and the account of what was done."""
