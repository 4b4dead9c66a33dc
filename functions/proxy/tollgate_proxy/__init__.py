"""The function that takes clients' calls to providers."""
