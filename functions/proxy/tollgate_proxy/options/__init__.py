"""What a request asks for that changes its price."""
