"""What a message says, as mail and for the topic."""
