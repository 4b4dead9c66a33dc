"""What `make lint` asks of the template, of the repository's content and of what it depends on."""
