"""Providers' answers and streams: what they say, how they end, and what they used."""
