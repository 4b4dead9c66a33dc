"""Commands that look after a deployment."""
