"""What a command works with: the profile's gateway, its tokens, the clients, and where output goes."""
