"""What is to be changed so that the gateway has what the files declare."""
