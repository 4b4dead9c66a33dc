"""Calls of one API, served by providers that speak another: their requests, answers, streams and errors.

Each API has readers and writers of its own; what lies between them is a conversation that no API writes.
Nothing here knows prices, budgets or connections, and no start reads it for calls that pass as they are.
"""
