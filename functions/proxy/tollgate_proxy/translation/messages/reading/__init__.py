"""What a request for a message says, piece by piece."""
