"""Batches of calls and their files: submitted with one hold, and settled once from their results."""
