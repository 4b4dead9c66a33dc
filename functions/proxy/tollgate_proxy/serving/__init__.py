"""Serving an admitted call: which target answers, and whether it answers what was asked."""
