"""The request log: which records a query asks for, and bodies that are kept."""
