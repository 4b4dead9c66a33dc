"""What responses and requests for them consist of, as parts of a conversation."""
