"""Signing in and out, and the profiles that keep what is needed for it."""
