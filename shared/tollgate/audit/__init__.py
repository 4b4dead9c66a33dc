"""The audit: which change was made, by whom, from what to what."""
