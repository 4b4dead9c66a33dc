"""What a gateway has noted: requests, alerts, changes."""
