"""Alerts: when a budget's owner is told what, and forecasts."""
