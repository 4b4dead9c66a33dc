"""Calls to providers: connections, credentials, and which ones fail at present."""
