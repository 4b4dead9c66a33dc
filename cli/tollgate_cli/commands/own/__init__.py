"""What a key's holder asks: usage, estimates."""
